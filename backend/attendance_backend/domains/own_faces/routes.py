"""Students enrol their own face where the school lets them; the office says whose face a first photo shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.enrolment.errors import FAILURES
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.own_faces.errors import ChallengeOver, OwnFaceDecided, OwnFaceWaits, SelfEnrolmentOff
from attendance_backend.domains.own_faces.flows import OwnFaceFlows
from attendance_backend.domains.own_faces.schemas import (
    ChallengeView,
    OwnFaceRefusal,
    OwnFaceState,
    OwnFaceStatus,
    OwnFaceView,
)
from attendance_backend.domains.own_faces.service import OwnFaceService
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.once import Once, answer_of
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.photos import PHOTOS_AWAY
from attendance_backend.provide import provided
from attendance_backend.uploads import image_docs, read_images
from attendance_contract.errors import Problem
from attendance_contract.models import MAX_FRAMES
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["enrolment"])
Flows = Annotated[OwnFaceFlows, Depends(provided(OwnFaceFlows))]
OwnFaces = Annotated[OwnFaceService, Depends(provided(OwnFaceService))]
Enrolment = Annotated[EnrolmentService, Depends(provided(EnrolmentService))]
Student = Annotated[Caller, allowed(Permission.ENROL_OWN_FACE)]
Office = Annotated[Caller, allowed(Permission.ENROL_FACES)]
OWN = "/students/{student_id}/own-face"
ONE = "/own-faces/{own_face_id}"


@router.post(
    f"{OWN}/challenges",
    status_code=201,
    response_model=ChallengeView,
    responses=problem_responses(Problem, [NotFound, SelfEnrolmentOff]),
)
async def new_challenge(student_id: str, caller: Student, flows: Flows, once: Once) -> Response:
    """Ask what to do before the camera: turn the head to one side. It is good for two minutes and one try."""
    return await once(caller, lambda tx: flows.challenge(caller, student_id, tx))


@router.post(
    f"{OWN}/challenges/{{challenge_id}}/frames",
    response_model=OwnFaceStatus,
    responses=problem_responses(Problem, [*FAILURES, *PHOTOS_AWAY, SelfEnrolmentOff, ChallengeOver, OwnFaceWaits]),
    openapi_extra=image_docs("frames", MAX_FRAMES),
)
async def send_frames(
    student_id: str, challenge_id: str, request: Request, caller: Student, flows: Flows, once: Once
) -> Response:
    """Enrol one's own face by frames of turning the head, in their order.

    A face that surely is that of the photos enrolled before counts at once. A first one, or one in doubt, is `pending`
    until the office has looked at it, and recognises nobody before. No frame is kept but that one.
    """
    frames = await read_images(request, "frames", MAX_FRAMES)

    async def send() -> FirstAnswer:
        return answer_of(await flows.send(caller, student_id, challenge_id, frames), 200)

    return await once.around(caller, b"".join(frames), send)


@router.get(OWN, responses=problem_responses(Problem, [NotFound]))
async def own_face(student_id: str, caller: Student, flows: Flows) -> OwnFaceStatus:
    """By how many photos one is recognised, and what became of the last one sent."""
    return await flows.status(caller, student_id)


@router.delete(OWN, status_code=204, responses=problem_responses(Problem, [NotFound]))
async def remove_own_face(student_id: str, caller: Student, flows: Flows, enrolment: Enrolment, once: Once) -> Response:
    """Remove one's own face, whoever enrolled it, and what waits. The consent stays; this needs no setting."""
    answer = await once(caller, lambda tx: flows.remove(caller, student_id, tx))
    await enrolment.destroy_key(caller, student_id)
    return answer


@router.get("/own-faces")
async def own_faces(
    caller: Office, faces: OwnFaces, page: AskedPage, state: OwnFaceState | None = None
) -> Page[OwnFaceView]:
    """Photos that students sent of themselves; those that wait with `state=pending`."""
    return (await faces.page(caller, state, page)).map(OwnFaceView.model_validate)


@router.get(
    f"{ONE}/photo",
    response_class=Response,
    responses={
        200: {"content": {"image/*": {}}},
        **problem_responses(Problem, [NotFound, OwnFaceDecided, PhotoGone, *PHOTOS_AWAY]),
    },
)
async def own_face_photo(own_face_id: str, caller: Office, faces: OwnFaces) -> Response:
    """The photo that waits, to be compared with the student's card or face."""
    face = await faces.pending(caller, own_face_id)
    content = await faces.photo(face)
    return Response(content, media_type=face.media_type, headers={"Cache-Control": "no-store"})


@router.post(
    f"{ONE}/confirm",
    response_model=OwnFaceView,
    responses=problem_responses(Problem, [*FAILURES, OwnFaceDecided, PhotoGone, *PHOTOS_AWAY]),
)
async def confirm_own_face(own_face_id: str, request: Request, caller: Office, flows: Flows, once: Once) -> Response:
    """Say that it is the student's face. Where it looks like another's, both go to review until that is resolved."""

    async def confirm() -> FirstAnswer:
        return answer_of(await flows.confirm(caller, own_face_id), 200)

    return await once.around(caller, await request.body(), confirm)


@router.post(
    f"{ONE}/refuse",
    response_model=OwnFaceView,
    responses=problem_responses(Problem, [NotFound, OwnFaceDecided, *PHOTOS_AWAY]),
)
async def refuse_own_face(
    own_face_id: str, given: OwnFaceRefusal, caller: Office, flows: Flows, faces: OwnFaces, once: Once
) -> Response:
    """Say that it is not, or can't be told. The photo is destroyed; the student sees the reason and may try again."""
    answer = await once(caller, lambda tx: flows.refuse(caller, own_face_id, given, tx))
    await faces.destroy_photo(own_face_id)
    return answer
