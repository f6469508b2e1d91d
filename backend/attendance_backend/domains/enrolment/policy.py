"""What a photo has to be before and after its face is encoded."""

from attendance_backend.domains.enrolment.errors import NotSamePerson, TooManyFacePhotos
from attendance_backend.domains.enrolment.schemas import EnrolledVectors
from attendance_contract.models import MAX_STUDENT_VECTORS, MatchFacesAnswer, MatchStatus


def check_room(enrolled: EnrolledVectors) -> None:
    """Raise TooManyFacePhotos when the student has as many vectors as the contract allows.

    The oldest is not replaced silently: one photo a time, a template could drift to another person.
    """
    if len(enrolled.vectors) >= MAX_STUDENT_VECTORS:
        raise TooManyFacePhotos(
            "Delete the student's photos before you enrol others.",
            reasons=["too_many_photos"],
            limit=MAX_STUDENT_VECTORS,
            actual=len(enrolled.vectors) + 1,
        )


def check_same_person(answer: MatchFacesAnswer) -> None:
    """Raise NotSamePerson unless the new face is at least uncertainly that of the vectors already there."""
    if answer.match.status is MatchStatus.NO_MATCH:
        raise NotSamePerson(
            "This face differs from the student's earlier photos: is it the right person?",
            reasons=["not_same_person"],
        )
