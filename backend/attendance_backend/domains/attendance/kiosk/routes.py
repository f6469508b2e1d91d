"""The three calls of a kiosk."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.attendance.kiosk.flows import KioskFlows
from attendance_backend.domains.attendance.kiosk.schemas import KioskCapture, KioskView
from attendance_backend.domains.attendance.schemas import CaptureState
from attendance_backend.domains.devices.service import DeviceTooFast
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.once import Once, answer_of
from attendance_backend.ports.faces import PhotoRefused
from attendance_backend.ports.photos import PHOTOS_AWAY
from attendance_backend.provide import provided
from attendance_backend.uploads import image_docs, read_images
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/kiosk", tags=["kiosk"])
Flows = Annotated[KioskFlows, Depends(provided(KioskFlows))]
Device = Annotated[Caller, allowed(Permission.USE_KIOSK)]
PENDING = 202


@router.get("", responses=problem_responses(Problem, [NotFound, DeviceTooFast]))
async def look(caller: Device, flows: Flows) -> KioskView:
    """The sessions that are open in the kiosk's room now."""
    return await flows.look(caller)


@router.post(
    "/sessions/{session_id}/captures",
    response_model=KioskCapture,
    responses={
        PENDING: {"model": KioskCapture, "description": "Kept; recognition will follow. `Location` tells its state."},
        **problem_responses(
            Problem, [NotFound, SessionNotOpen, DeviceTooFast, *PHOTOS_AWAY, *PhotoRefused.__subclasses__()]
        ),
    },
    openapi_extra=image_docs("image", 1),
)
async def submit_at_kiosk(session_id: str, request: Request, caller: Device, flows: Flows, once: Once) -> Response:
    """Hand in the photo of the one person before the camera. Without liveness the teacher has to confirm who it is."""
    (photo,) = await read_images(request, "image", 1)

    async def submit() -> FirstAnswer:
        capture = await flows.submit(caller, session_id, photo)
        pending = capture.state in {CaptureState.RECEIVED, CaptureState.LEASED}
        return answer_of(capture, PENDING if pending else 200, {"Location": f"{router.prefix}/captures/{capture.id}"})

    return await once.around(caller, photo, submit)


@router.get("/captures/{capture_id}", responses=problem_responses(Problem, [NotFound, DeviceTooFast]))
async def kiosk_capture(capture_id: str, caller: Device, flows: Flows) -> KioskCapture:
    """How one of the kiosk's own photos of today went, in numbers."""
    return await flows.capture(caller, capture_id)
