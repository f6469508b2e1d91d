"""Why was I marked: for the student, who has them in their care, and the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import NoFaceEvidence, PhotoGone
from attendance_backend.domains.attendance.evidence.flows import EvidenceFlows
from attendance_backend.domains.attendance.evidence.schemas import EvidenceView
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable
from attendance_backend.ports.photos import PHOTOS_AWAY
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_contract.images import ImageFormat
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/records/{record_id}", tags=["records"])
Evidence = Annotated[EvidenceFlows, Depends(provided(EvidenceFlows))]
Reader = Annotated[Caller, allowed(Permission.SEE_RECORDS)]


@router.get("/evidence", responses=problem_responses(Problem, [NotFound]))
async def record_evidence(record_id: str, caller: Reader, evidence: Evidence) -> EvidenceView:
    """What a record rests on: where it comes from, and if from a face, how alike it was and what was asked of it."""
    return await evidence.evidence(caller, record_id)


@router.get(
    "/face.jpg",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}},
        **problem_responses(
            Problem, [NotFound, NoFaceEvidence, PhotoGone, MlUnavailable, MlAnswerInvalid, *PHOTOS_AWAY]
        ),
    },
)
async def record_face(record_id: str, caller: Reader, evidence: Evidence) -> Response:
    """The student's own face, cut out of the class photo that the record rests on."""
    face = await evidence.face(caller, record_id)
    return Response(face, media_type=ImageFormat.JPEG, headers={"Cache-Control": "no-store"})
