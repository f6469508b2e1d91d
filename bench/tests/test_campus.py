"""The campus-wide search finds whom it should, over HTTP, in a gallery that comes in one call."""

from attendance_bench.campus import FACES, search_campus
from attendance_bench.replicas import running_replica


def test_forty_faces_find_their_forty_students_among_thousands() -> None:
    with running_replica(ML_THREADS="1") as replica:
        seen = search_campus(replica, vectors=20_000, runs=1)
    assert (seen.vectors, seen.right) == (20_000, FACES)
    assert 9 < seen.body_mb < 12
    assert min(seen.bare_ms, seen.call_ms, seen.put_ms) > 0
