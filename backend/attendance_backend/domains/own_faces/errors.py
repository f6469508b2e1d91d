"""What can go wrong when students enrol themselves, beside what is wrong with a photo."""

from attendance_kit.errors import ServiceError


class SelfEnrolmentOff(ServiceError):
    status, code, title = 403, "SELF_ENROLMENT_OFF", "At this school the office enrols faces"


class ChallengeOver(ServiceError):
    status, code, title = 409, "CHALLENGE_OVER", "This challenge was used or is too old: ask for another one"


class OwnFaceWaits(ServiceError):
    status, code, title = (
        409,
        "OWN_FACE_WAITS",
        "A photo waits for the office already; take it back to send another one",
    )


class OwnFaceDecided(ServiceError):
    status, code, title = 409, "OWN_FACE_DECIDED", "Somebody has said already whose face this is"
