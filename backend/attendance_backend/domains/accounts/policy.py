"""How long links last, where they lead, and what the mails around them say."""

from datetime import timedelta

from attendance_backend.domains.accounts.schemas import LinkPurpose, Word
from attendance_backend.domains.outbox.schemas import LINK

LIFETIMES = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD_RESET: timedelta(hours=1),
    LinkPurpose.ADDRESS: timedelta(days=1),
}
HANDED_OVER_LIFETIME = timedelta(days=1)
"""Of a reset that an administrator makes: it has to reach the person some other way first."""
PAGES = {
    LinkPurpose.INVITATION: "/invitation",
    LinkPurpose.PASSWORD_RESET: "/password-reset",
    LinkPurpose.ADDRESS: "/email",
}
ASKED_EVERY = timedelta(minutes=5)
"""Nobody's mailbox is filled by others who ask for resets, or name it as theirs."""
SUBJECTS = {
    LinkPurpose.INVITATION: "Your account for Smart Attendance",
    LinkPurpose.PASSWORD_RESET: "A new password for Smart Attendance",
    LinkPurpose.ADDRESS: "Your e-mail address for Smart Attendance",
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
    LinkPurpose.ADDRESS: (
        "Somebody, perhaps you, wants this to be the e-mail address of their account for Smart Attendance.\n\n"
        f"Confirm it here, within a day; the link can be used once:\n\n{LINK}\n\n"
        "If it was not you, do nothing: no account gets this address.\n"
    ),
}
IN_USE = Word(
    "Your e-mail address for Smart Attendance",
    "Somebody, perhaps you, wants this to be the e-mail address of their account for Smart Attendance.\n\n"
    "There is an account with this address already, so nothing has changed. Sign in with it, or ask the school's "
    "office.\n",
)
ASKED_FOR_ANOTHER = Word(
    "Another e-mail address for Smart Attendance",
    "Somebody, perhaps you, asked for another e-mail address for your account for Smart Attendance. It changes once "
    "that address is confirmed.\n\n"
    "If it was not you, choose another password at once: then nothing changes.\n",
)
HAS_ANOTHER = Word(
    "Another e-mail address for Smart Attendance",
    "Your account for Smart Attendance has another e-mail address now, and this one opens it no more.\n\n"
    "If it was not you, tell the school's office.\n",
)
