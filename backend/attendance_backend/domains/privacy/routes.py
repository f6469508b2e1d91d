"""Erasure of a student's face data, for the office and the student themself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.privacy.flows import PrivacyFlows
from attendance_backend.domains.privacy.schemas import ErasureView
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.photos import PhotosUnavailable
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students/{student_id}", tags=["privacy"])
Privacy = Annotated[PrivacyFlows, Depends(provided(PrivacyFlows))]
Eraser = Annotated[Caller, allowed(Permission.ERASE_PERSON)]


@router.post(
    "/erasure",
    status_code=202,
    response_model=ErasureView,
    responses=problem_responses(Problem, [NotFound, PhotosUnavailable]),
)
async def erase_face_data(student_id: str, caller: Eraser, privacy: Privacy, once: Once) -> Response:
    """Erase everything of the student's face: vectors, their key, every class photo they are on, what was measured.

    Vectors and photos are gone when this answers; `GET .../erasures` tells when nothing can be on its way any more.
    The records stay, and the consent ends.
    """
    answer = await once(caller, lambda tx: privacy.erase(caller, student_id, tx))
    await privacy.carry_out(caller, student_id)
    return answer


@router.get("/erasures", responses=problem_responses(Problem, [NotFound]))
async def erasures_of(student_id: str, caller: Eraser, privacy: Privacy, page: AskedPage) -> Page[ErasureView]:
    return await privacy.erasures(caller, student_id, page)
