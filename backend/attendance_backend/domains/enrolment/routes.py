"""A student's face photos: enrol, remove. There is nothing to read: vectors are not shown and photos not kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import allowed
from attendance_backend.domains.enrolment.errors import FAILURES
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.enrolment.schemas import EnrolmentOutcome
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.once import Once, answer_of
from attendance_backend.ports.photos import PhotosUnavailable
from attendance_backend.provide import provided
from attendance_backend.uploads import image_docs, read_images
from attendance_contract.errors import Problem
from attendance_contract.models import MAX_STUDENT_VECTORS
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students/{student_id}/face-photos", tags=["enrolment"])
Enrolment = Annotated[EnrolmentFlows, Depends(provided(EnrolmentFlows))]
Enroller = Annotated[Caller, allowed(Permission.ENROL_FACES)]


@router.post(
    "",
    response_model=EnrolmentOutcome,
    responses=problem_responses(Problem, FAILURES),
    openapi_extra=image_docs("photos", MAX_STUDENT_VECTORS),
)
async def enrol_face(student_id: str, request: Request, caller: Enroller, enrolment: Enrolment, once: Once) -> Response:
    photos = await read_images(request, "photos", MAX_STUDENT_VECTORS)

    async def enrol() -> FirstAnswer:
        return answer_of(await enrolment.enrol(caller, student_id, photos), 200)

    return await once.around(caller, b"".join(photos), enrol)


@router.delete("", status_code=204, responses=problem_responses(Problem, [NotFound, PhotosUnavailable]))
async def remove_face(student_id: str, caller: Enroller, enrolment: Enrolment, once: Once) -> Response:
    """Remove the student's vectors. They and their key are gone when this answers; the consent stays."""
    answer = await once(caller, lambda tx: enrolment.remove(caller, student_id, tx))
    await enrolment.enrolment.destroy_key(caller, student_id)
    return answer
