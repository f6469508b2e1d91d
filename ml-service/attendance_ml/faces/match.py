"""Which face is which student: one face per student and one student per face, by calibrated distance."""

from collections.abc import Iterator

import lap
import numpy as np
from numpy.typing import ArrayLike, NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, FaceMatch, FaceStatus, Thresholds
from attendance_ml.faces.gallery import Comparison, Gallery
from attendance_ml.faces.stages import Stage, stage

LOOKALIKE_MARGIN = 0.10
"""A face whose second-best student is not at least this much farther than the best one goes to a human. It costs next
to nothing: on rosters of 60 made of `lfw-view1` the right student is ahead by 0.2 or more in 99 of 100 faces."""


@stage(Stage.MATCH)
def match_faces(probes: ArrayLike, gallery: Gallery, thresholds: Thresholds) -> list[FaceMatch]:
    """One answer per face of `probes` (F, 128), in their order.

    Assigned so that the distances saved against leaving faces unknown are largest in sum (Hungarian method); a pair
    at or above the uncertain threshold is never assigned. An unknown face tells the distance of its nearest student.
    Faces of students whom the roster's own check names as look-alikes go to a human: all where the two might be one
    person, else those that are near to both.

    Raises:
        InvalidEmbedding: a vector of another length, not finite, or without direction.
    """
    comparison = gallery.shortlist(probes, thresholds.uncertain)
    faces, candidates = comparison.distances.shape
    if not faces or not candidates:
        return [_nobody(index) for index in range(faces)]
    return list(_answers(comparison, assign(comparison.distances, thresholds.uncertain), gallery, thresholds))


def assign(distances: NDArray[np.float64], limit: float) -> NDArray[np.intp]:
    """For each row of `distances` (F, C) the column it gets, or -1. No column twice, none at or above `limit`."""
    columns = np.flatnonzero((distances < limit).any(axis=0))
    assigned = np.full(len(distances), -1)
    if len(columns):
        # Not `lapjv`: to leave faces unknown it makes a square of rows and columns together, 3 GB for 20,000 students.
        taken, chosen = lap.lapjvr(distances[:, columns], cost_limit=limit, return_cost=False)
        assigned[taken] = columns[chosen]
        assigned[taken[distances[taken, assigned[taken]] >= limit]] = -1
    return assigned


def _answers(
    comparison: Comparison, assigned: NDArray[np.intp], gallery: Gallery, thresholds: Thresholds
) -> Iterator[FaceMatch]:
    for index, (distances, column) in enumerate(zip(comparison.distances, assigned, strict=True)):
        known = column >= 0
        shown = int(column if known else distances.argmin())
        distance = float(distances[shown])
        others = np.delete(distances, shown)
        margin = float(others.min()) - distance if others.size else None
        student_id = gallery.student_ids[comparison.students[shown]]
        clear = distance < thresholds.confident and (margin is None or margin >= thresholds.lookalike_margin)
        sure = clear and not _mistakable(student_id, index, comparison, gallery, thresholds)
        certain = FaceStatus.PRESENT if sure else FaceStatus.UNCERTAIN
        yield FaceMatch(
            face_index=index,
            student_id=student_id if known else None,
            distance=distance,
            similarity=float(comparison.similarities[index, shown]),
            margin=margin,
            status=certain if known else FaceStatus.UNKNOWN,
        )


def _mistakable(student_id: str, face: int, comparison: Comparison, gallery: Gallery, thresholds: Thresholds) -> bool:
    """Whether the roster knows a student who looks like this one, and the face may as well be theirs.

    The margin does not see this: of one person enrolled as two, one is often ahead of the other by more.
    """
    rivals = gallery.self_check.rivals.get(student_id)
    if not rivals:
        return False
    near = comparison.students[comparison.distances[face] < thresholds.uncertain]
    return min(rivals.values()) < DEFAULT_CONFIDENT or not rivals.keys().isdisjoint(
        gallery.student_ids[student] for student in near
    )


def _nobody(index: int) -> FaceMatch:
    return FaceMatch(
        face_index=index, student_id=None, distance=None, similarity=None, margin=None, status=FaceStatus.UNKNOWN
    )
