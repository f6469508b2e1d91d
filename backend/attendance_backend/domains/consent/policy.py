"""Whose consent counts."""

from attendance_backend.domains.consent.errors import GuardianRequired
from attendance_backend.domains.consent.schemas import Consent, GivenBy, NewConsent


def check_giver(new: NewConsent, *, is_minor: bool) -> None:
    """Raise GuardianRequired unless the one who consents may do so."""
    if is_minor and new.given_by is not GivenBy.GUARDIAN:
        raise GuardianRequired(field="given_by")


def says_the_same(kept: Consent, new: NewConsent) -> bool:
    """Whether a consent in force already says what a new one would."""
    return (kept.purpose, kept.text_version, kept.given_by, kept.guardian_name) == (
        new.purpose,
        new.text_version,
        new.given_by,
        new.guardian_name,
    )
