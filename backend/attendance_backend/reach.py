"""Which rows a caller finds, as filters: those of their subjects, and of single sessions. Flat, as `filters` has it."""

from typing import Any

from attendance_backend.domains.identity.schemas import Caller


def of_subjects(caller: Caller) -> dict[str, Any]:
    """Keeps a caller to the subjects they may touch."""
    return {} if caller.subject_ids is None else {"subject_id": {"$in": sorted(caller.subject_ids)}}


def of_session(caller: Caller, session_id: str) -> dict[str, Any]:
    """Keeps a caller to what is theirs, in a query for rows of this one session: their subjects, or it is a single."""
    return {} if session_id in caller.single_ids else of_subjects(caller)
