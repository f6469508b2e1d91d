"""Faces that can't be told apart: found in the background, resolved by a human, never named without one."""

from typing import Any

from backend.tests.conftest import Class, Person, inside, new_student
from backend.tests.simulator import photo_of

from attendance_backend.domains.lookalikes.service import LookalikesService


async def compared(environment: dict[str, str]) -> None:
    async with inside(environment) as (services, _):
        await services.get(LookalikesService).compare_new()


async def statuses(taught: Class, *names: str, shot: int) -> list[str]:
    path = f"/sessions/{taught.session}/captures"
    shown = await taught.teacher.done("POST", path, content=photo_of(*names, shot=shot))
    return [face["status"] for face in shown["faces"]]


async def test_twins_go_to_review_from_the_moment_they_are_found_and_the_others_do_not(
    a_class: Class, office: Person, environment: dict[str, str]
) -> None:
    twin = await new_student(office, "anna", photos=1)
    await compared(environment)
    (case,) = (await office.done("GET", "/lookalikes?state=open"))["items"]

    before = await statuses(a_class, "ann", "ben", shot=1)
    path = f"/lookalikes/{case['id']}/resolve"
    told = await office.done("POST", path, json={"answer": "twins"})
    again = await office.ask("POST", path, json={"answer": "twins"})
    after = await statuses(a_class, "ann", "ben", shot=2)
    await compared(environment)

    assert (set(case["student_ids"]), case["distance"]) == ({a_class.ann, twin}, 0.1)
    assert before == after == ["uncertain", "present"]
    assert (told["state"], again.status_code, again.json()["error_code"]) == ("twins", 409, "CASE_RESOLVED")
    assert (await office.done("GET", "/lookalikes?state=open"))["items"] == []


async def test_a_wrong_enrolment_is_removed_and_the_other_is_named_again(
    a_class: Class, office: Person, environment: dict[str, str]
) -> None:
    wrong = await new_student(office, "anna", photos=1)
    await compared(environment)
    (case,) = (await office.done("GET", "/lookalikes"))["items"]
    path = f"/lookalikes/{case['id']}/resolve"

    refused = await office.ask("POST", path, json={"answer": "wrong_enrolment", "student_id": a_class.ben})
    answer: dict[str, Any] = {"answer": "wrong_enrolment", "student_id": wrong}
    resolved = await office.done("POST", path, json=answer)

    assert (refused.status_code, refused.json()["error_code"]) == (422, "NOT_OF_THIS_PAIR")
    assert resolved["state"] == "removed"
    assert (await office.done("GET", f"/students/{wrong}"))["face"]["photos"] == 0
    assert await statuses(a_class, "ann", "ben", shot=1) == ["present", "present"]


async def test_an_erasure_takes_the_case_with_it(a_class: Class, office: Person, environment: dict[str, str]) -> None:
    await new_student(office, "anna", photos=1)
    await compared(environment)

    await office.done("POST", f"/students/{a_class.ann}/erasure")

    assert (await office.done("GET", "/lookalikes"))["items"] == []
