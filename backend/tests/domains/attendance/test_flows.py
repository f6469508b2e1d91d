"""Taking attendance over HTTP, from the photo to the exported register."""

from typing import Any

import pytest
from backend.tests.conftest import Class, Person, new_student, new_teacher
from backend.tests.simulator import Simulator, photo_of


async def photograph(a_class: Class, *names: str, shot: int = 1) -> dict[str, Any]:
    path = f"/sessions/{a_class.session}/captures"
    shown: dict[str, Any] = await a_class.teacher.done("POST", path, content=photo_of(*names, shot=shot))
    return shown


async def statuses(a_class: Class) -> dict[str, str]:
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    return {row["name"]: row["status"] for row in register["students"]}


async def records_of(a_class: Class) -> dict[str, dict[str, Any]]:
    records = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/records")
    return {record["student_id"]: record for record in records["items"]}


async def test_a_class_photo_becomes_a_register(a_class: Class) -> None:
    shown = await photograph(a_class, "ann", "stranger", "ben?")

    assert (shown["state"], shown["width"], shown["height"]) == ("recognised", 1920, 1280)
    assert [face["student_id"] for face in shown["faces"]] == [a_class.ann, None, a_class.ben]
    assert [face["status"] for face in shown["faces"]] == ["present", "unknown", "uncertain"]
    assert (shown["thresholds"]["confident"], shown["model"], shown["calibration"]) == (0.5, "played@1", "played")
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [(row["name"], row["status"], row["proposal"]) for row in register["students"]] == [
        ("ann", "present", "present"),
        ("ben", "unmarked", "uncertain"),
        ("cleo", "unmarked", "not_seen"),
    ]
    assert register["students"][0]["capture_id"] == shown["id"]
    assert [face["face_index"] for face in register["unknown_faces"]] == [1]
    assert register["subject"] == {"id": a_class.subject, "code": "MATH-1", "name": "Mathematics"}
    assert register["captures"] == [
        {
            "id": shown["id"],
            "state": "recognised",
            "error_code": None,
            "submitted_at": shown["submitted_at"],
            "attempts": 1,
            "viewable": True,
        }
    ]


async def test_closing_writes_one_record_a_student_and_closing_again_changes_nothing(a_class: Class) -> None:
    shown = await photograph(a_class, "ann", "ben?")

    first, second = [await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close") for _ in range(2)]

    assert (first["records"], first["session"]["state"], first["pending_captures"]) == (3, "closed", 0)
    assert second == first
    records = await records_of(a_class)
    assert {records[s]["status"] for s in (a_class.ben, a_class.cleo)} == {"absent"}
    ann = records[a_class.ann]
    assert (ann["status"], ann["source"], ann["capture_id"], ann["face_index"]) == ("present", "face", shown["id"], 0)
    assert (ann["similarity"], ann["distance"], ann["model"]) == (0.8, 0.2, "played@1")
    assert [(entry["from"], entry["to"], entry["source"]) for entry in ann["history"]] == [(None, "present", "face")]
    assert await statuses(a_class) == {"ann": "present", "ben": "absent", "cleo": "absent"}


async def test_the_teachers_review_counts_before_the_match(a_class: Class) -> None:
    shown = await photograph(a_class, "ann", "ben?", "stranger")
    faces = f"/captures/{shown['id']}/faces"

    await a_class.teacher.done("PUT", f"{faces}/1", json={"student_id": a_class.ben})
    await a_class.teacher.done("PUT", f"{faces}/2", json={"student_id": a_class.ann})
    row = await a_class.teacher.done(
        "PUT", f"/sessions/{a_class.session}/marks/{a_class.cleo}", json={"status": "excused", "reason": "the dentist"}
    )

    assert (row["name"], row["status"], row["source"], row["reason"]) == ("cleo", "excused", "manual", "the dentist")
    assert await statuses(a_class) == {"ann": "present", "ben": "present", "cleo": "excused"}
    again = await a_class.teacher.done("GET", f"/captures/{shown['id']}")
    assert [face["decided"] and face["decided"]["student_id"] for face in again["faces"]] == [
        None,
        a_class.ben,
        a_class.ann,
    ]
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [face["face_index"] for face in register["unknown_faces"]] == [0], "one student is one face of a photo"


async def test_a_face_can_be_said_to_be_nobodys(a_class: Class) -> None:
    shown = await photograph(a_class, "ann")
    path = f"/captures/{shown['id']}/faces/0"

    told = await a_class.teacher.done("PUT", path, json={"student_id": None})

    assert told["faces"][0]["decided"]["student_id"] is None
    assert (await statuses(a_class))["ann"] == "unmarked"
    assert (await a_class.teacher.ask("PUT", path, json={"student_id": "nobody"})).json()["error_code"] == (
        "STUDENT_NOT_ON_ROSTER"
    )
    beyond = await a_class.teacher.ask("PUT", f"/captures/{shown['id']}/faces/7", json={"student_id": None})
    assert beyond.status_code == 404


async def test_several_photos_are_one_session_and_one_row_a_student(a_class: Class) -> None:
    await photograph(a_class, "ann", shot=1)
    await photograph(a_class, "ann", "ben", shot=2)

    assert await statuses(a_class) == {"ann": "present", "ben": "present", "cleo": "unmarked"}
    closed = await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    assert closed["records"] == 3


async def test_who_has_looked_at_an_older_version_does_not_overwrite_a_newer_one(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}"
    seen = (await a_class.teacher.ask("GET", f"{path}/register")).headers["ETag"]
    mark = {"json": {"status": "late"}, "headers": {"If-Match": seen}}

    first = await a_class.teacher.ask("PUT", f"{path}/marks/{a_class.ann}", **mark)
    second = await a_class.teacher.ask("PUT", f"{path}/marks/{a_class.ben}", **mark)
    closing = await a_class.teacher.ask("POST", f"{path}/close", headers={"If-Match": seen})

    assert first.status_code == 200
    assert [(a.status_code, a.json()["error_code"]) for a in (second, closing)] == [(412, "VERSION_CONFLICT")] * 2
    assert (await statuses(a_class))["ben"] == "unmarked"


async def test_a_closed_session_takes_no_photos_and_no_marks(a_class: Class) -> None:
    shown = await photograph(a_class, "ann")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    for method, path, sent in [
        ("POST", f"/sessions/{a_class.session}/captures", {"content": photo_of("ben")}),
        ("PUT", f"/sessions/{a_class.session}/marks/{a_class.ann}", {"json": {"status": "late"}}),
        ("PUT", f"/captures/{shown['id']}/faces/0", {"json": {"student_id": None}}),
    ]:
        answer = await a_class.teacher.ask(method, path, **sent)
        assert (answer.status_code, answer.json()["error_code"]) == (409, "SESSION_NOT_OPEN"), path


async def test_who_was_not_told_that_a_photo_was_kept_is_told_so_though_the_session_is_closed_by_now(
    a_class: Class,
) -> None:
    shown = await photograph(a_class, "ann")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    again = await photograph(a_class, "ann")

    assert again["id"] == shown["id"]
    assert len((await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register"))["captures"]) == 1


async def test_a_record_is_corrected_with_a_reason_and_keeps_its_history(a_class: Class) -> None:
    await photograph(a_class, "ann")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    ben = (await records_of(a_class))[a_class.ben]
    path = f"/records/{ben['id']}"

    corrected = await a_class.teacher.done("PATCH", path, json={"status": "late", "reason": "the bus"})

    assert (corrected["status"], corrected["source"]) == ("late", "manual")
    assert [(entry["from"], entry["to"], entry["reason"]) for entry in corrected["history"]] == [
        (None, "absent", None),
        ("absent", "late", "the bus"),
    ]
    assert (await records_of(a_class))[a_class.ben] == corrected
    assert (await statuses(a_class))["ben"] == "late"
    reasonless = await a_class.teacher.ask("PATCH", path, json={"status": "late"})
    assert (reasonless.status_code, reasonless.json()["error_code"]) == (400, "INVALID_REQUEST")


async def test_a_reopened_session_is_closed_again_without_losing_a_correction(a_class: Class) -> None:
    await photograph(a_class, "ann")
    path = f"/sessions/{a_class.session}"
    await a_class.teacher.done("POST", f"{path}/close")
    ben = (await records_of(a_class))[a_class.ben]
    await a_class.teacher.done("PATCH", f"/records/{ben['id']}", json={"status": "late", "reason": "the bus"})

    reopened, again = [await a_class.teacher.done("POST", f"{path}/reopen") for _ in range(2)]
    too_early = await a_class.teacher.ask("PATCH", f"/records/{ben['id']}", json={"status": "late", "reason": "x"})
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json={"status": "excused"})
    closed = await a_class.teacher.done("POST", f"{path}/close")

    assert (reopened["state"], reopened) == ("open", again)
    assert (too_early.status_code, too_early.json()["error_code"]) == (409, "SESSION_NOT_CLOSED")
    assert closed["records"] == 3
    records = await records_of(a_class)
    assert (records[a_class.ben]["status"], len(records[a_class.ben]["history"])) == ("late", 2)
    assert [entry["to"] for entry in records[a_class.cleo]["history"]] == ["absent", "excused"]
    assert [entry["to"] for entry in records[a_class.ann]["history"]] == ["present"]


async def test_what_a_status_rested_on_stays_in_the_history(a_class: Class) -> None:
    shown = await photograph(a_class, "ann")
    path = f"/sessions/{a_class.session}"
    excuse = {"status": "excused", "reason": "the dentist"}
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json=excuse)
    await a_class.teacher.done("POST", f"{path}/close")
    await a_class.teacher.done("POST", f"{path}/reopen")
    seen = {"status": "present", "reason": "I saw her myself"}
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.ann}", json=seen)
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json={**excuse, "reason": "the hospital"})
    await a_class.teacher.done("POST", f"{path}/close")

    records = await records_of(a_class)

    ann, cleo = records[a_class.ann], records[a_class.cleo]
    assert [entry["reason"] for entry in cleo["history"]] == ["the dentist", "the hospital"]
    assert [(entry["source"], entry["reason"]) for entry in ann["history"]] == [
        ("face", None),
        ("manual", "I saw her myself"),
    ]
    first, second = [entry["evidence"] for entry in ann["history"]]
    assert (first["capture_id"], first["distance"], first["thresholds"]) == (shown["id"], 0.2, shown["thresholds"])
    assert first["photos"] == 1
    assert second is None
    assert (ann["source"], ann["similarity"], ann["thresholds"], ann["capture_id"]) == ("manual", None, None, None)


async def test_thresholds_that_a_roster_tightened_are_kept_with_the_proposal_and_the_record(
    a_class: Class, simulator: Simulator
) -> None:
    simulator.switches.tightens_by = 0.25
    shown = await photograph(a_class, "ann")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    ann = (await records_of(a_class))[a_class.ann]

    applied = {"confident": 0.25, "uncertain": 0.35, "lookalike_margin": 0.05, "tightened_by": 0.25}
    assert shown["thresholds"] == pytest.approx(applied)
    assert ann["thresholds"] == ann["history"][0]["evidence"]["thresholds"] == shown["thresholds"]


async def test_who_leaves_the_roster_later_keeps_their_record(a_class: Class) -> None:
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    await a_class.teacher.done("DELETE", f"/subjects/{a_class.subject}/roster/{a_class.cleo}?leaves_on=2026-11-20")

    assert await statuses(a_class) == {"ann": "absent", "ben": "absent", "cleo": "absent"}


async def test_the_register_is_exported_for_a_spreadsheet(a_class: Class, office: Person) -> None:
    evil = await new_student(office, "=HYPERLINK(1)")
    await a_class.teacher.done("PUT", f"/subjects/{a_class.subject}/roster/{evil}")
    await photograph(a_class, "ann")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    exported = await a_class.teacher.ask("GET", f"/sessions/{a_class.session}/export.csv")

    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="MATH-1-2026-11-20-period-1.csv"' in exported.headers["Content-Disposition"]
    assert exported.content.startswith(b"\xef\xbb\xbfroll number,name,status,source,similarity,marked at,reason\r\n")
    lines = exported.text.splitlines()
    assert lines[1].startswith("R-=HYPERLINK(1),'=HYPERLINK(1),absent,close,,")
    ann = next(line.split(",") for line in lines if ",ann," in line)
    assert ann[:5] == ["R-ann", "ann", "present", "face", "0.800"]
    assert ann[5].endswith("+01:00"), "the institution's time zone"


async def test_the_photo_is_shown_to_those_who_may_see_the_capture_and_kept_by_nobody(a_class: Class) -> None:
    shown = await photograph(a_class, "ann")

    photo = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")

    assert (photo.content, photo.headers["Content-Type"]) == (photo_of("ann"), "image/jpeg")
    assert photo.headers["Cache-Control"] == "no-store"


async def test_a_photo_is_taken_back_with_all_that_was_decided_on_it(a_class: Class) -> None:
    wrong = await photograph(a_class, "ann", "stranger", shot=1)
    right = await photograph(a_class, "ben", shot=2)
    await a_class.teacher.done("PUT", f"/captures/{wrong['id']}/faces/1", json={"student_id": a_class.cleo})
    key = {"headers": {"Idempotency-Key": "once"}}

    answers = [await a_class.teacher.ask("DELETE", f"/captures/{wrong['id']}", **key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await statuses(a_class) == {"ann": "unmarked", "ben": "present", "cleo": "unmarked"}
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [capture["id"] for capture in register["captures"]] == [right["id"]]
    gone = [await a_class.teacher.ask("GET", f"/captures/{wrong['id']}{part}") for part in ("", "/photo")]
    assert [answer.status_code for answer in gone] == [404, 404]
    assert (await photograph(a_class, "ann", "stranger", shot=1))["id"] != wrong["id"], "it may be sent again"


async def test_no_photo_is_taken_back_from_a_closed_session_or_by_another_teacher(
    a_class: Class, office: Person
) -> None:
    shown = await photograph(a_class, "ann")
    _, another = await new_teacher(office, "another@school.example")
    by_another = await another.ask("DELETE", f"/captures/{shown['id']}")
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    late = await a_class.teacher.ask("DELETE", f"/captures/{shown['id']}")

    assert (by_another.status_code, late.status_code, late.json()["error_code"]) == (404, 409, "SESSION_NOT_OPEN")
    assert (await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")).status_code == 200


async def test_the_register_says_whom_no_photo_can_show(a_class: Class) -> None:
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")

    assert {row["name"]: row["has_face"] for row in register["students"]} == {"ann": True, "ben": True, "cleo": False}


async def test_a_session_is_opened_once_for_a_subject_date_and_period(a_class: Class) -> None:
    asked = {"subject_id": a_class.subject, "date": "2026-11-20", "period": 1}
    again = await a_class.teacher.ask("POST", "/sessions", json=asked)
    later = await a_class.teacher.done(
        "POST", "/sessions", json={**asked, "period": 2, "starts_at": "2026-11-20T10:00:00+01:00"}
    )

    assert (again.status_code, again.json()["error_code"]) == (409, "SESSION_EXISTS")
    assert again.json()["details"]["session_id"] == a_class.session
    assert (later["state"], later["starts_at"]) == ("open", "2026-11-20T09:00:00Z")
    listed = await a_class.teacher.done("GET", f"/sessions?subject_id={a_class.subject}&date=2026-11-20")
    assert [session["period"] for session in listed["items"]] == [1, 2]
    assert (await a_class.teacher.done("GET", "/sessions?date=2026-11-21"))["items"] == []
    assert await a_class.teacher.done("GET", f"/sessions/{later['id']}") == later
