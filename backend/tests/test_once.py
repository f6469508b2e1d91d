"""Writes that are retried."""

import asyncio

from backend.tests.conftest import Class, Person, new_student
from backend.tests.simulator import Simulator, photo_of

ANN = {"roll_number": "1", "name": "Ann"}
KEYED = {"Idempotency-Key": "try-1"}


async def test_the_second_try_returns_the_first_answer_and_does_nothing(office: Person) -> None:
    first = await office.ask("POST", "/students", json=ANN, headers=KEYED)
    second = await office.ask("POST", "/students", json=ANN, headers=KEYED)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert len((await office.done("GET", "/students"))["items"]) == 1


async def test_many_tries_at_once_do_it_once(office: Person) -> None:
    answers = await asyncio.gather(*[office.ask("POST", "/students", json=ANN, headers=KEYED) for _ in range(6)])

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


async def test_many_tries_of_a_photo_at_once_give_one_answer(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}/captures"

    answers = await asyncio.gather(
        *[a_class.teacher.ask("POST", path, content=photo_of("ann"), headers=KEYED) for _ in range(4)]
    )

    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


async def test_many_tries_of_an_enrolment_at_once_give_one_answer(office: Person) -> None:
    ann = await new_student(office, "ann")
    consent = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}
    await office.done("POST", f"/students/{ann}/consents", json=consent)
    path = f"/students/{ann}/face-photos"

    answers = await asyncio.gather(
        *[office.ask("POST", path, content=photo_of("ann"), headers=KEYED) for _ in range(4)]
    )

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert answers[0].json()["stored"] == 1


async def test_a_key_is_for_one_request_only(office: Person) -> None:
    await office.done("POST", "/students", json=ANN, headers=KEYED)

    other_body = await office.ask("POST", "/students", json={**ANN, "name": "Anna"}, headers=KEYED)
    other_path = await office.ask("POST", "/subjects", json={"code": "M", "name": "Maths"}, headers=KEYED)

    assert (other_body.status_code, other_body.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert other_path.status_code == 201


async def test_a_failure_is_no_answer_to_keep(office: Person) -> None:
    await office.done("POST", "/students", json=ANN)
    taken = await office.ask("POST", "/students", json={**ANN, "name": "Another"}, headers=KEYED)

    assert (taken.status_code, taken.json()["error_code"]) == (409, "ROLL_NUMBER_TAKEN")
    again = await office.ask("POST", "/students", json={"roll_number": "2", "name": "Another"}, headers=KEYED)
    assert again.status_code == 201


async def test_an_answer_without_a_body_is_given_again_as_well(a_class: Class) -> None:
    path = f"/subjects/{a_class.subject}/roster/{a_class.ann}"

    first, second = [await a_class.teacher.ask("DELETE", path, headers=KEYED) for _ in range(2)]

    assert (first.status_code, second.status_code) == (204, 204)
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_a_photo_sent_twice_is_recognised_once(a_class: Class, simulator: Simulator) -> None:
    path = f"/sessions/{a_class.session}/captures"
    first = await a_class.teacher.ask("POST", path, content=photo_of("ann"), headers=KEYED)
    asked = len(simulator.calls)

    second = await a_class.teacher.ask("POST", path, content=photo_of("ann"), headers=KEYED)
    without_key = await a_class.teacher.ask("POST", path, content=photo_of("ann"))

    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert without_key.json() == first.json()
    assert len(simulator.calls) == asked
