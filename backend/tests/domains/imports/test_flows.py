"""Files of people taken over by a running backend."""

import asyncio
import csv
import io
from typing import Any

import httpx2
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Class, Person, sign_in

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.imports.policy import MOST_CHANGES

CSV = {"Content-Type": "text/csv"}
DIRTY = 'Roll No.;Name;Shoe size\r\n1;Müller;38\r\n2;=cmd;39\r\n1;Another;40\r\n3;"Zoë ""Z"" Doe";41\r\n;;\r\n4;;42\r\n'


async def sent(office: Person, kind: str, text: str, encoding: str = "utf-8", **asked: str) -> httpx2.Response:
    content = text.encode(encoding)
    return await office.ask("POST", f"/imports/{kind}", content=content, headers=CSV, params=asked, timeout=120)


async def taken(office: Person, kind: str, text: str, **asked: str) -> dict[str, Any]:
    answer = await sent(office, kind, text, **asked)
    assert answer.is_success, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def names(office: Person) -> dict[str, str]:
    students = (await office.done("GET", "/students", params={"limit": "200"}))["items"]
    return {student["roll_number"]: student["name"] for student in students}


async def test_a_dirty_file_is_judged_refused_mended_and_taken_once(
    office: Person, mongo: Client, database_name: str
) -> None:
    judged = (await sent(office, "students", DIRTY, "cp1252", dry_run="true")).json()
    refused = await sent(office, "students", DIRTY, "cp1252")
    assert await names(office) == {}

    assert (judged["file"]["encoding"], judged["file"]["separator"]) == ("cp1252", ";")
    assert judged["file"]["columns"] == {"Roll No.": "roll_number", "Name": "name"}
    assert judged["file"]["ignored_columns"] == ["Shoe size"]
    assert [(issue["line"], issue["code"]) for issue in judged["issues"]] == [
        (2, "TWICE_IN_FILE"),
        (3, "FORMULA_CELL"),
        (4, "TWICE_IN_FILE"),
        (7, "EMPTY_CELL"),
    ]
    assert (refused.status_code, refused.json()["error_code"]) == (422, "IMPORT_REFUSED")
    assert refused.json()["details"]["report"]["issues"] == judged["issues"]

    partly = (await sent(office, "students", DIRTY, "cp1252", mode="valid_rows")).json()
    assert partly["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "refused": 4}
    assert await names(office) == {"3": 'Zoë "Z" Doe'}

    mended = "name,roll number\nZoe Doe,3\nAnn,1\nBen,2\n"
    first, again = [await taken(office, "students", mended) for _ in range(2)]
    assert first["counts"] == {"new": 2, "changed": 1, "unchanged": 0, "refused": 0}
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": 3, "refused": 0}
    entries = mongo[database_name]["audit"].find({"action": "students imported"})
    kept = [entry["details"] async for entry in entries]
    assert [(entry["new"], entry["changed"]) for entry in kept] == [(1, 0), (2, 1)]
    assert kept[1]["sha256"] == first["file"]["sha256"]


async def test_the_report_is_the_file_again_with_what_is_wrong(office: Person) -> None:
    headers = {**CSV, "Accept": "text/csv"}

    answer = await office.ask("POST", "/imports/students?dry_run=true", content=DIRTY.encode(), headers=headers)

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["Shoe size"] for row in rows] == ["38", "39", "40", "41", "42"]
    assert [bool(row["error"]) for row in rows] == [True, True, True, False, True]
    assert rows[1]["Name"] == "'=cmd"


async def test_a_key_repeats_the_answer_and_not_the_import(office: Person) -> None:
    keyed = {"headers": {**CSV, "Idempotency-Key": "import-1"}, "content": b"roll number,name\n1,Ann\n"}
    form = {"headers": {"Idempotency-Key": "import-2"}, "files": [("file", b"roll number,name\n1,Anna\n")]}

    first, again = [await office.ask("POST", "/imports/students", **keyed) for _ in range(2)]
    otherwise = await office.ask("POST", "/imports/students?mode=valid_rows", **keyed)
    in_forms = [await office.ask("POST", "/imports/students", **form) for _ in range(2)]

    assert first.content == again.content
    assert "Idempotency-Replayed" in again.headers
    assert otherwise.json()["error_code"] == "IDEMPOTENCY_KEY_REUSED"
    assert in_forms[0].content == in_forms[1].content
    assert in_forms[0].json()["counts"]["changed"] == 1


async def test_a_file_that_is_none_says_why(office: Person) -> None:
    workbook = await sent(office, "students", "PK\x03\x04")
    missing = await sent(office, "rosters", "roll number\n1\n")
    empty = await sent(office, "students", "")
    huge = await sent(office, "students", "x" * (16 * 1024 * 1024 + 1))

    codes = [answer.json()["error_code"] for answer in (workbook, missing, empty, huge)]
    assert codes == ["TABLE_UNREADABLE", "COLUMNS_MISSING", "INVALID_REQUEST", "REQUEST_TOO_LARGE"]
    assert missing.json()["details"]["reasons"] == ["subject_code"]


async def test_what_one_transaction_can_not_hold_is_refused_before_anything_is_written(office: Person) -> None:
    table = "roll number,name\n" + "".join(f"{number},A\n" for number in range(MOST_CHANGES + 1))

    answers = [await sent(office, "students", table, dry_run=dry) for dry in ("true", "false")]

    assert [(one.status_code, one.json()["error_code"]) for one in answers] == [(422, "IMPORT_TOO_LARGE")] * 2
    assert answers[0].json()["details"]["limit"] == MOST_CHANGES
    assert (await office.done("GET", "/students"))["items"] == []


async def test_rosters_are_filled_by_codes_and_roll_numbers(office: Person, a_class: Class) -> None:
    await taken(office, "students", "roll number,name\n8,Eve\n9,Fay\n")
    good = "subject;student number\nMATH-1;8\nMATH-1;9\nMATH-1;R-ann\n"

    bad = await sent(office, "rosters", good + "MATH-2;8\nMATH-1;77\n", dry_run="true")
    first, again = [await taken(office, "rosters", good) for _ in range(2)]

    assert [issue["code"] for issue in bad.json()["issues"]] == ["UNKNOWN_SUBJECT", "UNKNOWN_STUDENT"]
    assert first["counts"] == {"new": 2, "changed": 0, "unchanged": 1, "refused": 0}
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": 3, "refused": 0}
    roster = await office.done("GET", f"/subjects/{a_class.subject}/roster")
    assert {"8", "9"} <= {student["roll_number"] for student in roster["items"]}


async def test_consents_on_paper_are_recorded_and_for_minors_their_guardians(office: Person) -> None:
    await taken(office, "students", "roll number,name,minor\n1,Ann,no\n2,Ben,yes\n")
    head = "roll number,given by,guardian,version,date\n"
    wrong = await sent(office, "consents", head + "1,student,,2026-1,2026-09-01\n2,student,,2026-1,2026-09-01\n")
    right = head + "1,student,,2026-1,2026-09-01\n2,mother,A mother,2026-1,2026-09-02\n"
    first, again = [await taken(office, "consents", right) for _ in range(2)]
    newer = await taken(office, "consents", right.replace("2026-1", "2026-2"))

    (issue,) = wrong.json()["details"]["report"]["issues"]
    assert (issue["line"], issue["column"], issue["code"]) == (3, "given by", "GUARDIAN_REQUIRED")
    assert [report["counts"]["new"] for report in (first, again)] == [2, 0]
    assert newer["counts"]["changed"] == 2
    (ben,) = (await office.done("GET", "/students", params={"roll_number": "2"}))["items"]
    ledger = (await office.done("GET", f"/students/{ben['id']}/consents"))["items"]
    assert [(one["text_version"], one["in_force"]) for one in ledger] == [("2026-1", False), ("2026-2", True)]
    assert (ledger[0]["guardian_name"], ledger[0]["given_at"]) == ("A mother", "2026-09-01T22:00:00Z")


async def test_a_backend_killed_in_the_middle_has_imported_all_or_nothing(backend: Backend, office: Person) -> None:
    rolls = 200
    file = "roll number,name\n" + "".join(f"{roll},Student {roll}\n" for roll in range(rolls))
    sending = asyncio.create_task(sent(office, "students", file))
    await asyncio.wait({sending}, timeout=0.1)
    backend.kill()
    await asyncio.wait({sending})
    was_told = sending.exception() is None
    await backend.start()
    again = await sign_in(backend.http, EMAIL, PASSWORD)

    kept = len(await names(again))
    report = await taken(again, "students", file)

    assert kept in ({rolls} if was_told else {0, rolls})
    assert (report["counts"]["new"], report["counts"]["unchanged"]) == (rolls - kept, kept)
