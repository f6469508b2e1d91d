"""A roster goes from one model to another while others recognise: real service, real models, photos of the packages."""

import pytest

from attendance_bench.replicas import running_replica
from attendance_bench.switching import switch
from attendance_ml.faces.models import SFACE_DEQUANTISED, ModelStore
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PEOPLE = {"obama": ["obama.jpg", "obama2.jpg"], "hopper": ["grace_hopper.jpg"], "collins": ["astronaut.png"]}


async def test_nobody_who_recognises_notices_and_no_two_models_are_compared(tmp_path) -> None:
    if not ModelStore().has(SFACE_DEQUANTISED):
        pytest.skip("the optional model is not here: smart-attendance models fetch --all")
    enrolled = {name: [sample_photo(photo).read_bytes() for photo in photos] for name, photos in PEOPLE.items()}
    portraits = [sample_portrait(name) for name in ("obama3.jpg", "grace_hopper.jpg", "biden.jpg")]
    compose_class(portraits, size=(960, 540), face_width=100).save(tmp_path / "class.jpg")

    with running_replica() as replica:
        seen = await switch(replica, enrolled, (tmp_path / "class.jpg").read_bytes())

    assert seen.failed == []
    assert (seen.wrong, seen.same_names, seen.current) == (0, True, "sface-dequantised@2021dec")
    assert seen.recognised > 0
    assert set(seen.refusals.values()) == {"409 MODEL_MISMATCH"}, seen.refusals
    assert seen.holds()
