"""The audit log, for the office to read."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from attendance_backend.access import allowed
from attendance_backend.domains.audit.schemas import Asked, AuditEntryView
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.institution import Institution
from attendance_backend.paging import NewestPage, Page
from attendance_backend.provide import provided

router = APIRouter(prefix="/api/v1/audit", tags=["privacy"])
Audit = Annotated[AuditService, Depends(provided(AuditService))]
Place = Annotated[Institution, Depends(provided(Institution))]
Reader = Annotated[Caller, allowed(Permission.READ_AUDIT)]
Filter = Annotated[str | None, Query(max_length=200)]


@router.get("")
async def audit_log(
    caller: Reader,
    audit: Audit,
    place: Place,
    page: NewestPage,
    actor_id: Filter = None,
    target_id: Filter = None,
    action: Filter = None,
    first_day: Annotated[dt.date | None, Query(alias="from")] = None,
    last_day: Annotated[dt.date | None, Query(alias="to")] = None,
) -> Page[AuditEntryView]:
    """What was done, by whom and when, the newest first. The days are the school's, both included."""
    since, until = (await place.here()).moments(first_day, last_day)
    found = await audit.page(caller, Asked(actor_id, target_id, action, since, until), page)
    return found.map(AuditEntryView.of)
