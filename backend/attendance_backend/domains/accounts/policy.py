"""How long links last, where they lead, and what the mails around them say."""

from datetime import timedelta

from attendance_backend.domains.accounts.schemas import LinkPurpose
from attendance_backend.domains.outbox.schemas import LINK

LIFETIMES = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.PASSWORD_RESET: timedelta(hours=1)}
HANDED_OVER_LIFETIME = timedelta(days=1)
"""Of a reset that an administrator makes: it has to reach the person some other way first."""
PAGES = {LinkPurpose.INVITATION: "/invitation", LinkPurpose.PASSWORD_RESET: "/password-reset"}
RESET_EVERY = timedelta(minutes=5)
"""Nobody's mailbox is filled by others who ask for resets."""
SUBJECTS = {
    LinkPurpose.INVITATION: "Your account for Smart Attendance",
    LinkPurpose.PASSWORD_RESET: "A new password for Smart Attendance",
}
TEXTS = {
    LinkPurpose.INVITATION: (
        "Your school invites you to Smart Attendance.\n\n"
        f"Choose a name and a password here, within seven days:\n\n{LINK}\n"
    ),
    LinkPurpose.PASSWORD_RESET: (
        "Somebody, perhaps you, asked for a new password for Smart Attendance.\n\n"
        f"Choose one here, soon; the link can be used once:\n\n{LINK}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n"
    ),
}
