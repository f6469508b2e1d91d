"""Inventories of the photos, for the office to read."""

from typing import Annotated

from fastapi import APIRouter, Depends

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.inventory.schemas import InventoryView
from attendance_backend.domains.inventory.service import InventoryService
from attendance_backend.paging import NewestPage, Page
from attendance_backend.provide import provided

router = APIRouter(prefix="/api/v1/inventories", tags=["privacy"])
Inventories = Annotated[InventoryService, Depends(provided(InventoryService))]
Reader = Annotated[Caller, allowed(Permission.READ_AUDIT)]


@router.get("")
async def inventories(caller: Reader, inventories: Inventories, page: NewestPage) -> Page[InventoryView]:
    """Photos of which nothing tells, and what tells of a photo that is not there; the newest first, one a day."""
    return (await inventories.page(caller, page)).map(InventoryView.model_validate)
