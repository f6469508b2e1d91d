"""How the work is cut into pieces, when it is tried again, and what a comparison of two models concludes."""

from collections.abc import Iterable
from datetime import timedelta

from attendance_backend.domains.reembeddings.schemas import Farthest, Kind, Measured
from attendance_contract.models import GalleryAnswer, Thresholds

LEASE = timedelta(seconds=15)
AT_ONCE = 2
"""Photos that the ML service looks at for this at a time: a class that is photographed meanwhile must not wait."""
STUDENTS_A_STEP = 20
"""What is done again if a program dies in between."""
STUDENTS_EXAMINED = 1_000
"""Students compared with each other in one call: 4 MB. A larger school is compared in pieces of so many."""
REMOVED_A_STEP = 200
GRACE = timedelta(minutes=1)
"""Before vectors go: a photo whose recognition began with them has been answered, the ML service is given 30 s."""
HELD_FOR = timedelta(days=30)
"""After a switch the vectors of the model before are discarded; until then there is a way back."""
LONGEST_PAUSE = timedelta(minutes=5)


def pause_after(tries: int) -> timedelta:
    """How long to wait for an ML service that could not be asked so many times in a row."""
    return min(timedelta(seconds=2 ** min(tries, 10)), LONGEST_PAUSE)


def farthest(distances: Iterable[float], thresholds: Thresholds) -> Farthest:
    distance = max(distances)
    return Farthest(distance=distance, judged=(distance > thresholds.confident) + (distance > thresholds.uncertain))


def change_between(before: Farthest, now: Farthest) -> Kind | None:
    """What the new model changes for a student; None: they are judged as before."""
    if before.judged == now.judged:
        return None
    return Kind.HARDER if now.judged > before.judged else Kind.EASIER


def with_impostors(measured: Measured, answer: GalleryAnswer) -> Measured:
    told = answer.impostors
    return measured.model_copy(
        update={
            "pairs": measured.pairs + told.pairs,
            "below_confident": measured.below_confident + told.below_confident,
            "below_uncertain": measured.below_uncertain + told.below_uncertain,
            "lookalikes": measured.lookalikes + len(told.lookalikes),
        }
    )


def alike_anew(before: GalleryAnswer, now: GalleryAnswer) -> set[str]:
    """The students of pairs that only the new model can't tell apart."""
    known = {frozenset(pair.student_ids) for pair in before.impostors.lookalikes}
    found = {frozenset(pair.student_ids) for pair in now.impostors.lookalikes}
    return {student for pair in found - known for student in pair}
