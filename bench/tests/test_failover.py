"""A replica dies while the backend's client recognises through a balancer: real services, real models."""

from attendance_bench.failover import fail_over
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PEOPLE = {"obama": ["obama.jpg", "obama2.jpg"], "hopper": ["grace_hopper.jpg"], "collins": ["astronaut.png"]}


async def test_no_call_is_lost_with_a_replica_that_dies(tmp_path) -> None:
    enrolled = {name: [sample_photo(photo).read_bytes() for photo in photos] for name, photos in PEOPLE.items()}
    portraits = [sample_portrait(name) for name in ("obama3.jpg", "grace_hopper.jpg", "biden.jpg")]
    compose_class(portraits, size=(960, 540), face_width=100).save(tmp_path / "class.jpg")

    seen = await fail_over(enrolled, (tmp_path / "class.jpg").read_bytes(), before=8, after=8, pauses=(0.1, 0.2, 0.4))

    assert (seen.lost, seen.wrong) == ([], 0)
    assert (seen.answered_before >= 8, seen.answered_after >= 8) == (True, True)
    assert seen.sent_along >= 2  # each replica had to be told the roster once
    assert seen.holds()
