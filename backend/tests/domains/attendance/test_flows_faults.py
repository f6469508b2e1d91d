"""Whatever the ML service does wrong: a teacher's photo is kept, it is said so at once, and it is recognised later."""

import time
from collections.abc import Callable

import pytest
from backend.tests.conftest import Class
from backend.tests.domains.attendance.test_flows_recognition import submit, until
from backend.tests.faults import FAULTS
from backend.tests.simulator import Simulator


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_photo_is_kept_whatever_goes_wrong_and_recognised_once_when_it_is_over(
    fault: str, a_class: Class, simulator: Simulator, record_property: Callable[[str, object], None]
) -> None:
    await submit(a_class, "ben")
    async with FAULTS[fault](simulator):
        began = time.monotonic()
        status, place, shown = await submit(a_class, "ann", shot=2)
        record_property("seconds", round(time.monotonic() - began, 2))
        await a_class.teacher.done(
            "PUT", f"/sessions/{a_class.session}/marks/{a_class.cleo}", json={"status": "present"}
        )

    recognised = await until(a_class.teacher, place, "recognised")

    assert (status, shown["faces"]) == (202, [])
    assert shown["state"] in {"received", "leased"}
    assert [face["student_id"] for face in recognised["faces"]] == [a_class.ann]
    record_property("fault", fault)
    record_property("told", f"{status}, photo {shown['state']}")
    record_property("then", f"{recognised['state']}, {len(recognised['faces'])} face")
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [row["status"] for row in register["students"]] == ["present", "present", "present"]
    assert [capture["state"] for capture in register["captures"]] == ["recognised", "recognised"]
