"""The vectors of one roster, ready to be compared with. In memory only; decides nothing about who is present."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attendance_ml.faces.calibration import Calibration, Way
from attendance_ml.faces.embed import VECTOR_LENGTH, to_unit_length
from attendance_ml.faces.errors import InvalidEmbedding
from attendance_ml.faces.selfcheck import SelfCheck, check_roster

SMALL = 256
"""Students up to which leaving out the hopeless ones takes longer than comparing all."""

SELF_CHECK = 500
"""Of larger galleries so many students, evenly spread, are compared with each other: 249,500 comparisons or more."""

WAYS = list(Way)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Faces against students, both (F, C): `similarities` are cosines; `students` (C,) are positions in the gallery."""

    students: NDArray[np.intp]
    similarities: NDArray[np.float32]
    distances: NDArray[np.float64]


class PackedVectors(NamedTuple):
    """All vectors (V, 128) one after the other: `counts[i]` of them, at least 1, are those of `student_ids[i]`."""

    student_ids: Sequence[str]
    counts: ArrayLike
    rows: ArrayLike


class Gallery:
    """Templates of students: the mean of three and more vectors, else the vectors themselves.

    Immutable once made, so any number of threads may read it.
    """

    def __init__(self, vectors: "Mapping[str, ArrayLike] | PackedVectors", calibration: Calibration) -> None:
        """Takes each student's (k, 128) vectors, k at least 1.

        Raises:
            InvalidEmbedding: no vectors, of another length or number, not finite, or without direction.
        """
        packed = vectors if isinstance(vectors, PackedVectors) else _packed(vectors)
        rows, counts = read_vectors(packed.rows, "vectors"), np.asarray(packed.counts, np.intp)
        if counts.sum() != len(rows):
            raise InvalidEmbedding("There are not so many vectors as announced.", limit=counts.sum(), actual=len(rows))
        self.calibration = calibration
        self.student_ids = list(packed.student_ids)
        self._rows, self._counts, self._starts = rows, counts, np.cumsum(counts) - counts
        self._ways = np.array([WAYS.index(Way.of(count)) for count in range(counts.max(initial=0) + 1)])[counts]
        self._pairs = np.flatnonzero(self._ways == WAYS.index(Way.BEST))
        means = np.flatnonzero(self._ways == WAYS.index(Way.MEAN))
        self._first = rows if len(rows) == len(counts) else rows[self._starts]
        if len(means):
            self._first[means] = self._means(means)
        self._second = rows[self._starts[self._pairs] + 1]

    def __len__(self) -> int:
        return len(self.student_ids)

    @property
    def vectors(self) -> int:
        """How many vectors all students have together."""
        return len(self._rows)

    @cached_property
    def digest(self) -> bytes:
        """Of model, students and vectors: galleries of one digest hold the same."""
        whose = [self.calibration.model, self.student_ids, self._counts.tolist()]
        return _hashed(json.dumps(whose).encode(), np.ascontiguousarray(self._rows).data)

    def compare(self, probes: ArrayLike) -> Comparison:
        """Every face, (F, 128), with every student.

        Raises:
            InvalidEmbedding: as for the gallery's own vectors.
        """
        return self._comparison(self._similarities(read_vectors(probes, "probe")), np.arange(len(self)))

    def shortlist(self, probes: ArrayLike, within: float) -> Comparison:
        """As `compare`, but at least of each face's two nearest students and of all that are nearer than `within`."""
        similarities = self._similarities(read_vectors(probes, "probe"))
        if len(self) <= SMALL:
            return self._comparison(similarities, np.arange(len(self)))
        chosen = np.zeros(len(self), bool)
        for code, way in enumerate(WAYS):
            members = np.flatnonzero(self._ways == code)
            if len(members):
                block = similarities if len(members) == len(self) else similarities[:, members]
                chosen[members] |= (block >= self.calibration.curves[way].cosine(within)).any(axis=0)
                chosen[members[_two_highest(block)]] = True
        return self._comparison(similarities, np.flatnonzero(chosen))

    @cached_property
    def self_check(self) -> SelfCheck:
        """What this gallery's own comparisons show; of a large one so many students are compared as SELF_CHECK says."""
        if len(self) > SELF_CHECK:
            return self._spread(SELF_CHECK).self_check
        distances = self.compare(self._rows).distances
        return check_roster(self.student_ids, self._counts, distances, self._same_person())

    def _same_person(self) -> NDArray[np.float64]:
        """Distances of single vectors from the template of the same student's other ones, (G,)."""
        several = [self._own(student) for student in np.flatnonzero(self._counts > 1)]
        distances = [
            self.calibration.curves[Way.of(len(own) - 1)].distance(_left_out_similarities(own)) for own in several
        ]
        return np.concatenate([*distances, np.empty(0)])

    def _means(self, students: NDArray[np.intp]) -> NDArray[np.float32]:
        """Templates of the students who have a mean. Raises InvalidEmbedding where vectors cancel each other out."""
        sums = np.add.reduceat(self._rows, self._starts)[students]
        without = students[~sums.any(axis=1)]
        if len(without):
            raise InvalidEmbedding("The mean of these vectors has no direction.", field=self.student_ids[without[0]])
        return to_unit_length(sums)

    def _spread(self, count: int) -> "Gallery":
        """A gallery of so many of the students, evenly spread."""
        chosen = np.linspace(0, len(self) - 1, count).round().astype(int)
        return Gallery({self.student_ids[student]: self._own(student) for student in chosen}, self.calibration)

    def _own(self, student: np.intp) -> NDArray[np.float32]:
        start = self._starts[student]
        return self._rows[start : start + self._counts[student]]

    def _similarities(self, probes: NDArray[np.float32]) -> NDArray[np.float32]:
        similarities = probes @ self._first.T
        if len(self._pairs):
            similarities[:, self._pairs] = np.maximum(similarities[:, self._pairs], probes @ self._second.T)
        return np.asarray(similarities)

    def _comparison(self, similarities: NDArray[np.float32], students: NDArray[np.intp]) -> Comparison:
        """The columns of `students`, with distances by each one's own curve."""
        chosen = similarities if len(students) == len(self) else similarities[:, students]
        distances = np.empty(chosen.shape)
        for code, way in enumerate(WAYS):
            columns = np.flatnonzero(self._ways[students] == code)
            distances[:, columns] = self.calibration.curves[way].distance(chosen[:, columns])
        return Comparison(students, chosen, distances)


def read_vectors(vectors: ArrayLike, field: str) -> NDArray[np.float32]:
    """`vectors` as (N, 128) float32 of unit length.

    Raises:
        InvalidEmbedding: of another length, not finite, or without direction; `field` says whose they are.
    """
    try:
        with np.errstate(over="ignore"):  # what no float32 holds becomes infinite, and is refused below
            rows = np.asarray(vectors, np.float32)
        rows = rows if rows.size else rows.reshape(-1, VECTOR_LENGTH)
    except ValueError as error:  # of several lengths
        raise _wrong_length(field) from error
    if rows.ndim != 2 or rows.shape[1] != VECTOR_LENGTH:  # noqa: PLR2004  (N, length)
        raise _wrong_length(field)
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(rows, axis=1)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise InvalidEmbedding("A vector holds finite numbers that are not all zero.", field=field)
    return np.asarray(rows / lengths[:, None])


def _wrong_length(field: str) -> InvalidEmbedding:
    return InvalidEmbedding(f"A vector has {VECTOR_LENGTH} numbers.", field=field, limit=VECTOR_LENGTH)


def _packed(vectors: Mapping[str, ArrayLike]) -> PackedVectors:
    own = list(starmap(_read_student, vectors.items()))
    rows = np.concatenate([*own, np.empty((0, VECTOR_LENGTH), np.float32)])
    return PackedVectors(list(vectors), [len(each) for each in own], rows)


def _read_student(student_id: str, vectors: ArrayLike) -> NDArray[np.float32]:
    rows = read_vectors(vectors, student_id)
    if not len(rows):
        raise InvalidEmbedding("A student in a gallery has at least one vector.", field=student_id)
    return rows


def _left_out_similarities(own: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each of a student's vectors (k, 128), k at least 2, with the template of the others, (k,)."""
    cosines = own @ own.T
    if Way.of(len(own) - 1) is not Way.MEAN:
        np.fill_diagonal(cosines, -1)
        return np.asarray(cosines.max(axis=1))
    others = own.sum(axis=0) - own
    lengths = np.linalg.norm(others, axis=1)
    return np.asarray(
        (others * own).sum(axis=1) / np.where(lengths, lengths, 1)
    )  # 0 where the others have no direction


def _two_highest(similarities: NDArray[np.float32]) -> NDArray[np.intp]:
    """The columns of each row's two highest values."""
    first = similarities.argmax(axis=1)
    rows = np.arange(len(first))
    kept = similarities[rows, first]
    similarities[rows, first] = -np.inf
    second = similarities.argmax(axis=1)
    similarities[rows, first] = kept
    return np.concatenate([first, second])


def _hashed(*parts: bytes | memoryview) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()
