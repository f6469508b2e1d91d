"""A substitute takes one session of a subject over HTTP: everything of that one, nothing else, until it is ended."""

from dataclasses import dataclass
from typing import Any

import pytest
from backend.tests.conftest import Class, Person, new_teacher
from backend.tests.matrix import stand_in
from backend.tests.simulator import photo_of

DAY = "2026-11-20"
WEEK = "from=2026-11-16&to=2026-11-22"
LESSONS = [{"weekday": 5, "period": period, "starts_at": "08:00", "ends_at": "09:00"} for period in (1, 2)]


@dataclass
class Covered:
    """A class of which somebody else takes the open session, and another session of the same day."""

    taught: Class
    office: Person
    substitute: Person
    substitute_id: str
    substitution: str
    other_session: str


@pytest.fixture
async def covered(office: Person, a_class: Class) -> Covered:
    days = {"name": "Autumn", "first_day": "2026-11-01", "last_day": "2026-11-30"}
    await office.done("POST", "/terms", json=days)
    await office.done("PUT", f"/subjects/{a_class.subject}/timetable", json={"entries": LESSONS})
    asked = {"subject_id": a_class.subject, "date": DAY, "period": 3}
    other = (await a_class.teacher.done("POST", "/sessions", json=asked))["id"]
    substitute_id, substitute = await new_teacher(office, "substitute@school.example")
    return Covered(a_class, office, substitute, substitute_id, await stand_in(office, a_class, substitute_id), other)


async def refusal(person: Person, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = await person.ask(method, path, **options)
    assert answer.is_client_error, f"{method} {path}: {answer.text}"
    return answer.status_code, answer.json()["error_code"]


async def test_a_substitute_takes_the_session_from_photo_to_correction(covered: Covered) -> None:
    taught, substitute = covered.taught, covered.substitute
    session = f"/sessions/{taught.session}"

    photo = [("image", photo_of("ann", "zed"))]
    capture = await substitute.done("POST", f"{session}/captures", files=photo)
    shown = await substitute.ask("GET", f"/captures/{capture['id']}/photo")
    stranger = {"student_id": taught.ben}
    decided = await substitute.done("PUT", f"/captures/{capture['id']}/faces/1", json=stranger)
    code = await substitute.done("PUT", f"{session}/code", json={})
    await substitute.done("DELETE", f"{session}/code")
    marks = {"marks": [{"student_id": taught.cleo, "status": "late"}]}
    await substitute.done("PUT", f"{session}/marks", json=marks)
    register = await substitute.done("GET", f"{session}/register")
    closed = await substitute.done("POST", f"{session}/close")
    reopened = await substitute.done("POST", f"{session}/reopen")
    await substitute.done("POST", f"{session}/close")
    records = (await substitute.done("GET", f"{session}/records"))["items"]
    correction = {"status": "excused", "reason": "the nurse"}
    corrected = await substitute.done("PATCH", f"/records/{records[0]['id']}", json=correction)

    assert shown.status_code == 200
    assert decided["faces"][1]["decided"]["student_id"] == taught.ben
    assert len(code["digits"]) == 6
    assert {row["student_id"]: row["status"] for row in register["students"]} == {
        taught.ann: "present",
        taught.ben: "present",
        taught.cleo: "late",
    }
    assert (closed["records"], reopened["state"], len(records)) == (3, "open", 3)
    assert (corrected["status"], corrected["by"]) == ("excused", covered.substitute_id)
    assert len((await substitute.done("GET", f"{session}/check-ins"))["items"]) == 0
    assert (await substitute.ask("GET", f"{session}/export.csv")).status_code == 200


async def test_a_substitute_reaches_nothing_else_of_the_subject(covered: Covered) -> None:
    taught, substitute = covered.taught, covered.substitute
    subject, other = f"/subjects/{taught.subject}", f"/sessions/{covered.other_session}"
    photo = [("image", photo_of("ann", shot=2))]
    capture = (await taught.teacher.done("POST", f"{other}/captures", files=photo))["id"]
    await taught.teacher.done("POST", f"{other}/close")
    record = (await taught.teacher.done("GET", f"{other}/records"))["items"][0]["id"]
    correction = {"status": "late", "reason": "the bus"}
    another = {"subject_id": taught.subject, "date": DAY, "period": 4}
    range_ = "from=2026-11-01&to=2026-11-30"
    calls: list[tuple[str, str, dict[str, Any]]] = [
        *[("GET", path, {}) for path in (subject, f"{subject}/roster", f"{subject}/timetable")],
        *[
            ("GET", f"{other}{part}", {})
            for part in ("", "/register", "/records", "/export.csv", "/check-ins", "/code")
        ],
        *[("POST", f"{other}/{change}", {}) for change in ("close", "reopen")],
        ("GET", f"/captures/{capture}", {}),
        ("GET", f"/captures/{capture}/photo", {}),
        ("DELETE", f"/captures/{capture}", {}),
        ("PUT", f"/captures/{capture}/faces/0", {"json": {"student_id": None}}),
        ("POST", f"{other}/captures", {"files": photo}),
        ("PUT", f"{other}/marks/{taught.ann}", {"json": {"status": "late"}}),
        ("PUT", f"{other}/code", {"json": {}}),
        ("PATCH", f"/records/{record}", {"json": correction}),
        ("POST", "/records/corrections", {"json": {"corrections": [{"record_id": record, **correction}]}}),
        ("POST", "/sessions", {"json": another}),
        ("POST", "/sessions/bulk", {"json": {"sessions": [another]}}),
        ("PUT", f"{subject}/roster/{taught.ann}", {}),
        ("DELETE", f"{subject}/roster/{taught.ann}", {}),
        ("PUT", f"{subject}/roster", {"json": {"students": []}}),
        ("GET", f"/reports/subjects/{taught.subject}?{range_}", {}),
    ]

    for method, path, options in calls:
        assert await refusal(substitute, method, path, **options) == (404, "NOT_FOUND"), (method, path)
    assert (await substitute.done("GET", "/subjects"))["items"] == []
    assert [one["id"] for one in (await substitute.done("GET", "/sessions"))["items"]] == [taught.session]
    overview = (await substitute.done("GET", f"/sessions/overview?date={DAY}"))["items"]
    assert [(one["session"]["id"], one["subject"]["code"], one["students"]) for one in overview] == [
        (taught.session, "MATH-1", 3)
    ]


async def test_the_next_call_after_the_end_is_refused(covered: Covered) -> None:
    session, substitute = f"/sessions/{covered.taught.session}", covered.substitute
    await substitute.done("PUT", f"{session}/marks/{covered.taught.ann}", json={"status": "late"})

    await covered.office.done("DELETE", f"/substitutions/{covered.substitution}")

    mark = await refusal(substitute, "PUT", f"{session}/marks/{covered.taught.ben}", json={"status": "late"})
    assert mark == (404, "NOT_FOUND")
    assert await refusal(substitute, "POST", f"{session}/close") == (404, "NOT_FOUND")
    assert (await substitute.done("GET", "/sessions"))["items"] == []
    register = await covered.taught.teacher.done("GET", f"{session}/register")
    assert {row["student_id"]: row["status"] for row in register["students"]}[covered.taught.ann] == "late"
    again = await refusal(covered.office, "DELETE", f"/substitutions/{covered.substitution}")
    assert again == (404, "NOT_FOUND")


async def test_a_planned_lesson_is_opened_by_its_substitute_and_both_timetables_show_who_takes_it(
    covered: Covered,
) -> None:
    taught, substitute = covered.taught, covered.substitute
    planned = {"subject_id": taught.subject, "date": DAY, "period": 2}
    new = {**planned, "teacher_id": covered.substitute_id}
    made = await covered.office.done("POST", "/substitutions", json=new)

    theirs = (await substitute.done("GET", f"/timetable?{WEEK}"))["items"]
    own = (await taught.teacher.done("GET", f"/timetable?{WEEK}"))["items"]
    untaken = (await substitute.done("GET", f"/sessions/untaken?{WEEK}"))["items"]
    opened = await substitute.done("POST", "/sessions", json=planned)
    register = await substitute.done("GET", f"/sessions/{opened['id']}/register")

    assert theirs == own
    assert [(one["period"], one["state"], one["substitute_id"]) for one in theirs] == [
        (1, "open", covered.substitute_id),
        (2, "planned", covered.substitute_id),
    ]
    assert all(covered.substitute_id in one["teacher_ids"] for one in untaken)
    assert opened["starts_at"] == "2026-11-20T07:00:00Z"
    assert len(register["students"]) == 3
    listed = [
        [one["id"] for one in (await who.done("GET", "/substitutions"))["items"]]
        for who in (substitute, taught.teacher, covered.office)
    ]
    assert listed == [[covered.substitution, made["id"]]] * 3
    _, stranger = await new_teacher(covered.office, "stranger@school.example")
    assert (await stranger.done("GET", "/substitutions"))["items"] == []
    assert (await stranger.done("GET", f"/timetable?{WEEK}"))["items"] == []


async def test_only_a_teacher_for_a_lesson_that_there_is_can_be_named_once(covered: Covered) -> None:
    office, taught = covered.office, covered.taught
    planned = {"subject_id": taught.subject, "date": DAY, "period": 2, "teacher_id": covered.substitute_id}
    me = (await office.done("GET", "/me"))["id"]
    await office.done("POST", f"/sessions/{covered.other_session}/close")

    async def named(**change: Any) -> tuple[int, str]:
        return await refusal(office, "POST", "/substitutions", json={**planned, **change})

    assert await named(teacher_id=me) == (422, "NO_SUBSTITUTE")
    assert await named(teacher_id="nobody") == (422, "NO_SUBSTITUTE")
    assert await named(period=9) == (422, "NO_SUCH_LESSON")
    assert await named(date="2026-11-21") == (422, "NO_SUCH_LESSON")
    assert await named(period=3) == (409, "SESSION_NOT_OPEN")
    assert await named(period=1) == (409, "SUBSTITUTE_NAMED")
    assert await named(subject_id="nothing") == (404, "NOT_FOUND")
    assert await refusal(taught.teacher, "POST", "/substitutions", json=planned) == (403, "PERMISSION_DENIED")
    await office.done("POST", f"/users/{covered.substitute_id}/deactivate")
    assert await named() == (422, "NO_SUBSTITUTE")
    entries = (await office.done("GET", "/audit"))["items"]
    assert [entry["target_id"] for entry in entries if entry["action"] == "substitute named"] == [covered.substitution]
