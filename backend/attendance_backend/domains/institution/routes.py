"""The institution's settings: seen by everybody who signs in, changed by the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.institution.schemas import InstitutionSettingsView, NewInstitutionSettings
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.once import Once
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import problem_responses

router = APIRouter(prefix="/api/v1", tags=["institution"])
Service = Annotated[InstitutionService, Depends(provided(InstitutionService))]
Reader = Annotated[Caller, allowed(Permission.SEE_SCHOOL)]
Changer = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]


@router.get("/institution")
async def institution(caller: Reader, service: Service, response: Response) -> InstitutionSettingsView:
    settings = await service.kept(caller)
    tag(response, settings.version)
    return InstitutionSettingsView.model_validate(settings)


@router.put(
    "/institution", response_model=InstitutionSettingsView, responses=problem_responses(Problem, [VersionConflict])
)
async def change_institution(
    new: NewInstitutionSettings, caller: Changer, service: Service, once: Once, expected: Expected
) -> Response:
    async def change(tx: Transaction) -> InstitutionSettingsView:
        return InstitutionSettingsView.model_validate(await service.change(caller, new, expected, tx))

    answer = await once(caller, change)
    service.forget()
    return answer
