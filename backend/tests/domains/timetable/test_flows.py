"""The school's calendar over HTTP: terms, holidays, rooms, timetables, and what became of the lessons they plan."""

from typing import Any

from backend.tests.conftest import Person, new_teacher

WEEK = "/timetable?from=2026-03-23&to=2026-04-05"
TERM = {"name": "Spring", "first_day": "2026-03-24", "last_day": "2026-04-30"}


async def a_subject(office: Person, code: str, *teachers: str) -> str:
    new = {"code": code, "name": code, "teacher_ids": list(teachers)}
    return str((await office.done("POST", "/subjects", json=new))["id"])


def an_entry(weekday: int, period: int, starts_at: str = "08:00", **more: Any) -> dict[str, Any]:
    return {"weekday": weekday, "period": period, "starts_at": starts_at, "ends_at": "12:00", **more}


async def test_a_fortnight_is_planned_around_a_holiday_and_a_clock_change(office: Person) -> None:
    (first, one), (_, two) = [await new_teacher(office, f"{n}@school.example") for n in "ab"]
    maths = await a_subject(office, "M", first)
    room = await office.done("POST", "/rooms", json={"name": "Room 1"})
    await office.done("POST", "/terms", json=TERM)
    await office.done(
        "POST", "/holidays", json={"name": "Day off", "first_day": "2026-04-01", "last_day": "2026-04-01"}
    )
    entries = [
        an_entry(1, 1, room_id=room["id"]),
        an_entry(1, 2, "10:00"),
        an_entry(3, 1),
        an_entry(5, 1, every_weeks=2, first_week="2026-03-30"),
    ]

    kept = await office.done(
        "PUT", f"/subjects/{maths}/timetable", json={"entries": entries}, headers={"If-Match": "0"}
    )
    planned = await one.done("GET", WEEK)
    pages, cursor = [], ""
    while True:
        page = await office.done("GET", f"{WEEK}&limit=2{cursor}")
        pages += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert (kept["version"], len(kept["entries"])) == (1, 4)
    assert [(one["date"], one["period"], one["starts_at"]) for one in planned["items"]] == [
        ("2026-03-25", 1, "2026-03-25T07:00:00Z"),
        ("2026-03-30", 1, "2026-03-30T06:00:00Z"),
        ("2026-03-30", 2, "2026-03-30T08:00:00Z"),
        ("2026-04-03", 1, "2026-04-03T06:00:00Z"),
    ]
    assert [one["room_id"] for one in planned["items"]] == [None, room["id"], None, None]
    assert {one["state"] for one in planned["items"]} == {"planned"}
    assert pages == planned["items"]
    assert (await two.done("GET", WEEK))["items"] == []
    assert (await two.ask("GET", f"/subjects/{maths}/timetable")).status_code == 404


async def test_lessons_that_are_over_and_not_taken_are_told_to_their_teachers(office: Person) -> None:
    (first, one), (_, two) = [await new_teacher(office, f"{n}@school.example") for n in "ab"]
    maths = await a_subject(office, "M", first)
    await office.done("POST", "/terms", json=TERM)
    await office.done("PUT", f"/subjects/{maths}/timetable", json={"entries": [an_entry(day, 1) for day in (1, 3, 5)]})
    closed, still_open = [
        (await one.done("POST", "/sessions", json={"subject_id": maths, "date": day, "period": 1}))["id"]
        for day in ("2026-03-25", "2026-03-27")
    ]
    await one.done("POST", f"/sessions/{closed}/close")
    asked = "/sessions/untaken?from=2026-03-23&to=2026-03-31"

    found = (await one.done("GET", asked))["items"]

    assert [(lesson["date"], lesson["state"], lesson["session_id"]) for lesson in found] == [
        ("2026-03-27", "open", still_open),
        ("2026-03-30", "planned", None),
    ]
    assert [lesson["teacher_ids"] for lesson in found] == [[first]] * 2
    assert (await office.done("GET", asked))["items"] == found
    assert (await two.done("GET", asked))["items"] == []
    states = {lesson["date"]: lesson["state"] for lesson in (await one.done("GET", WEEK))["items"]}
    assert states["2026-03-25"] == "closed"
    await office.done("PATCH", f"/subjects/{maths}", json={"archived": True})
    assert (await office.done("GET", asked))["items"] == [], "nobody teaches it any more"


async def test_what_a_calendar_can_not_hold_is_refused(office: Person) -> None:
    maths = await a_subject(office, "M")
    term = await office.done("POST", "/terms", json=TERM)
    await office.done("POST", "/rooms", json={"name": "Room 1"})
    timetable = f"/subjects/{maths}/timetable"
    await office.done("PUT", timetable, json={"entries": [an_entry(1, 1)]})
    refused = [
        ("POST", "/terms", {**TERM, "name": "Other"}, 409, "TERMS_OVERLAP"),
        ("POST", "/terms", {"name": "x", "first_day": "2026-09-02", "last_day": "2026-09-01"}, 400, "INVALID_REQUEST"),
        ("POST", "/terms", {"name": "x", "first_day": "0001-01-01", "last_day": "0001-02-01"}, 400, "INVALID_REQUEST"),
        ("PATCH", f"/terms/{term['id']}", {"last_day": "2026-01-01"}, 400, "INVALID_REQUEST"),
        ("POST", "/rooms", {"name": "Room 1"}, 409, "ROOM_NAME_TAKEN"),
        ("PUT", timetable, {"entries": [an_entry(1, 1, room_id="nowhere")]}, 422, "UNKNOWN_ROOM"),
        ("PUT", timetable, {"entries": [an_entry(1, 1), an_entry(1, 1, "09:00")]}, 422, "TIMETABLE_CLASH"),
        ("PUT", timetable, {"entries": [an_entry(1, 1, "12:00")]}, 400, "INVALID_REQUEST"),
        ("PUT", timetable, {"entries": [an_entry(1, 1, every_weeks=2)]}, 400, "INVALID_REQUEST"),
        ("GET", "/timetable?from=2026-01-01&to=2026-12-31", None, 422, "RANGE_TOO_LONG"),
        ("GET", "/timetable?from=9999-12-31&to=2026-12-31", None, 400, "INVALID_REQUEST"),
    ]

    for method, path, body, status, code in refused:
        answer = await office.ask(method, path, json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (method, path, body)
    assert (await office.done("GET", "/timetable?from=9999-12-01&to=9999-12-31"))["items"] == []
    assert (await office.ask("PUT", timetable, json={"entries": []}, headers={"If-Match": "0"})).status_code == 412
    moved = await office.done("PATCH", f"/terms/{term['id']}", json={"last_day": "2026-05-01"})
    assert (await office.done("GET", "/terms"))["items"] == [moved]
    assert (await office.ask("DELETE", f"/terms/{term['id']}")).status_code == 204
    assert (await office.done("GET", WEEK))["items"] == [], "outside a term there is no school"


async def test_sessions_are_opened_as_planned_one_by_one_or_many_at_once(office: Person) -> None:
    (first, one), (_, two) = [await new_teacher(office, f"{n}@school.example") for n in "ab"]
    maths = await a_subject(office, "M", first)
    room = (await office.done("POST", "/rooms", json={"name": "Room 1"}))["id"]
    await office.done("POST", "/terms", json=TERM)
    entries = [an_entry(day, 1, room_id=room) for day in (1, 3)]
    await office.done("PUT", f"/subjects/{maths}/timetable", json={"entries": entries})

    def asked(day: str, period: int = 1) -> dict[str, Any]:
        return {"subject_id": maths, "date": day, "period": period}

    single = await one.done("POST", "/sessions", json=asked("2026-03-25"))
    many = {"sessions": [asked("2026-03-30"), asked("2026-03-30", 2), asked("2026-04-01")]}
    opened = (await one.done("POST", "/sessions/bulk", json=many))["sessions"]
    again = await one.ask("POST", "/sessions/bulk", json={"sessions": [asked("2026-04-06"), asked("2026-04-01")]})
    foreign = await two.ask("POST", "/sessions/bulk", json={"sessions": [asked("2026-04-06")]})

    assert (single["starts_at"], single["room_id"]) == ("2026-03-25T07:00:00Z", room)
    assert [(s["date"], s["starts_at"], s["room_id"]) for s in opened] == [
        ("2026-03-30", "2026-03-30T06:00:00Z", room),
        ("2026-03-30", None, None),
        ("2026-04-01", "2026-04-01T06:00:00Z", room),
    ]
    assert (again.status_code, again.json()["error_code"]) == (409, "SESSION_EXISTS")
    assert foreign.status_code == 404
    assert (await one.done("GET", "/sessions?date=2026-04-06"))["items"] == [], "all or none"
