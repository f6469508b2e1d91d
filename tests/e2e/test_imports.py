"""A school moves in: a dirty list of students, then their photos in one ZIP, through the whole product."""

import csv
import io
import os
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from product import ADMINISTRATOR, Stack

from attendance_cli.api import Api
from attendance_cli.importing import send_faces

ROWS = int(os.environ.get("IMPORT_ROWS", "300"))
PHOTOS = int(os.environ.get("IMPORT_PHOTOS", "60"))
"""Of a proof; fewer tell as well whether it works."""
IMAGES = Path(__file__).parents[3] / "shared" / "data" / "lfw-view1" / "images"
SECONDS = 300
DIRT = (
    ('=HYPERLINK("http://x")', "FORMULA_CELL"),
    ("+49 30 1234", "FORMULA_CELL"),
    ("", "EMPTY_CELL"),
    ("Two\nlines", "CONTROL_CHARACTER"),
    ("Turned \u202eround", "BIDI_OVERRIDE"),
    ("x" * 201, "TOO_LONG"),
)
BAD = ("UNKNOWN_STUDENT", "CONSENT_REQUIRED", "INVALID_FORMAT", "DUPLICATE_PHOTO", "NO_FACE_FOUND", "NOT_SAME_PERSON")
Measure = Callable[[str, object], None]


def dirty_rows() -> Iterator[tuple[str, str, str | None]]:
    """Roll number, name and what is wrong: every tenth name is dirt, every twentieth roll number is there twice."""
    for number in range(ROWS):
        name, wrong = DIRT[number // 10 % len(DIRT)] if number % 10 == 0 else (f'Zoë "{number}" O\'Neill; Müller', None)
        twice = number % 20 in {5, 6}
        yield f"S{number - number % 20 + 5 if twice else number}", name, "TWICE_IN_FILE" if twice else wrong


def written(header: list[str], rows: list[tuple[str, ...]], encoding: str, separator: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([header, *rows])
    return (text.getvalue() + "\r\n" * 3).encode(encoding, "replace")


def sent(office: httpx2.Client, content: bytes, **asked: str) -> httpx2.Response:
    headers = {"Content-Type": "text/csv"}
    return office.post("/imports/students", content=content, headers=headers, params=asked, timeout=SECONDS)


def exported(office: httpx2.Client) -> list[list[str]]:
    text = office.get("/exports/people.csv", timeout=SECONDS).raise_for_status().content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ",")])
def test_of_a_dirty_file_nothing_is_half_imported(
    office: httpx2.Client, encoding: str, separator: str, record_property: Measure
) -> None:
    before = exported(office)
    rows = [(f"{encoding}-{roll}", name, "") for roll, name, _ in dirty_rows()]
    content = written(["Matrikel-Nr.", "Full Name", "Locker"], rows, encoding, separator)
    wrong = Counter(code for _, _, code in dirty_rows() if code)
    if encoding == "cp1252":  # it has no sign that turns the direction of writing
        wrong["BIDI_OVERRIDE"] = 0

    missing = sent(office, written(["Full Name", "Locker"], [row[1:] for row in rows], encoding, separator))
    judged = sent(office, content, dry_run="true").raise_for_status().json()
    refused = sent(office, content)
    untouched = exported(office)
    started = time.monotonic()
    partly = sent(office, content, mode="valid_rows").raise_for_status().json()
    took = time.monotonic() - started
    again = sent(office, content, mode="valid_rows").raise_for_status().json()

    assert missing.json()["error_code"] == "COLUMNS_MISSING"
    assert (judged["file"]["encoding"], judged["file"]["separator"]) == (encoding, separator)
    assert Counter(issue["code"] for issue in judged["issues"]) == +wrong
    assert refused.json()["error_code"] == "IMPORT_REFUSED"
    assert untouched == before
    assert (partly["counts"]["new"], partly["counts"]["refused"]) == (ROWS - wrong.total(), wrong.total())
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": ROWS - wrong.total(), "refused": wrong.total()}
    assert len(exported(office)) == len(before) + ROWS - wrong.total()
    record_property("rows judged", ROWS)
    record_property("rows refused", wrong.total())
    record_property("ms to import", round(took * 1000))


def faces() -> list[tuple[str, bytes, str | None]]:
    """Files of the ZIP with the code that each has to get: nine of ten are somebody's own photos, one in a person's."""
    people = sorted(folder for folder in IMAGES.iterdir() if len(list(folder.glob("*.jpg"))) > 1)
    files = list[tuple[str, bytes, str | None]]()
    for number in range(PHOTOS * 9 // 20):
        first, second = sorted(people[number].glob("*.jpg"))[:2]
        files += [(f"F{number}.jpg", first.read_bytes(), None), (f"F{number}_2.jpg", second.read_bytes(), None)]
    for number in range(PHOTOS // 10):
        code = BAD[number % len(BAD)]
        photo = min(people[-1 - number].glob("*.jpg")).read_bytes()
        content = {
            "INVALID_FORMAT": b"no photo %d" % number,
            "DUPLICATE_PHOTO": files[2 * number][1],
            "NO_FACE_FOUND": plain(number),
        }.get(code, photo)
        # The first student has photos that will do: beside none, a stranger's would be taken for theirs.
        own = {"UNKNOWN_STUDENT": f"nobody{number}", "CONSENT_REQUIRED": f"N{number}", "NOT_SAME_PERSON": "F0"}
        roll = own.get(code, f"F{number}")
        files.append((f"{roll}_bad{number}.jpg", content, code))
    return files


def plain(shade: int) -> bytes:
    """A photo of nothing."""
    out = io.BytesIO()
    Image.new("RGB", (320, 320), (shade, 120, 120)).save(out, "JPEG")
    return out.getvalue()


def imported(office: httpx2.Client, content: bytes, *, dry_run: bool) -> tuple[dict[str, Any], dict[str, str | None]]:
    """An import as it ended, and the code of each photo."""
    headers, asked = {"Content-Type": "application/zip"}, {"dry_run": str(dry_run).lower()}
    begun = office.post("/imports/faces", content=content, headers=headers, params=asked, timeout=SECONDS)
    path = begun.raise_for_status().headers["Location"].removeprefix("/api/v1")
    end = time.monotonic() + SECONDS
    while (shown := office.get(path).raise_for_status().json())["state"] != "done":
        assert time.monotonic() < end, shown
        time.sleep(0.2)
    photos, cursor = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = office.get(f"{path}/photos", params={"limit": "200", **cursor}).raise_for_status().json()
        photos += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    return shown, {photo["name"]: photo["error_code"] for photo in photos}


@pytest.mark.data
@pytest.mark.timeout(2 * SECONDS)
def test_a_zip_of_photos_is_judged_and_enrolled(office: httpx2.Client, record_property: Measure) -> None:
    if not IMAGES.is_dir():
        pytest.skip("the photos of lfw-view1 are not on this machine")
    files = faces()
    rolls = [f"F{number}" for number in range(PHOTOS * 9 // 20)]
    without = [f"N{number}" for number in range(PHOTOS // 10)]
    students = written(["roll number", "name"], [(roll, f"Student {roll}") for roll in rolls + without], "utf-8", ",")
    sent(office, students).raise_for_status()
    given = [(roll, "student", "2026-1", "2026-09-01") for roll in rolls]
    consents = written(["roll number", "given by", "version", "date"], given, "utf-8", ",")
    csv_type = {"Content-Type": "text/csv"}
    office.post("/imports/consents", content=consents, headers=csv_type, timeout=SECONDS).raise_for_status()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, photo, _ in files:
            archive.writestr(name, photo)

    tried, judged = imported(office, packed.getvalue(), dry_run=True)
    kept_by_trying = enrolled(office)
    done, outcomes = imported(office, packed.getvalue(), dry_run=False)

    assert kept_by_trying == {}
    wanted = {name: code for name, _, code in files if code}
    assert {name: outcomes[name] for name in wanted} == wanted
    assert judged == outcomes
    assert done["accepted"] == sum(code is None for code in outcomes.values())
    assert done["accepted"] >= 0.7 * (len(files) - len(wanted)), outcomes
    assert sum(enrolled(office).values()) == done["accepted"] == tried["accepted"]
    assert not set(without) & set(enrolled(office)), "nobody without consent was encoded"
    record_property("photos", len(files))
    record_property("bad ones told", len(wanted))
    record_property("enrolled", done["accepted"])
    record_property("others refused by the ML service", done["refused"] - len(wanted))


def enrolled(office: httpx2.Client) -> dict[str, int]:
    """How many photos each student has who has any, by roll number."""
    found, cursor = dict[str, int](), dict[str, str]()
    while True:
        page = office.get("/students", params={"limit": "200", **cursor}).raise_for_status().json()
        found |= {one["roll_number"]: one["face"]["photos"] for one in page["items"] if one["face"]["photos"]}
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_the_command_sends_a_folder(stack: Stack, tmp_path: Path) -> None:
    for name in ("nobody1.jpg", "nobody2/front.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(plain(len(name)))
    office = Api(stack.backend_url).sign_in(ADMINISTRATOR.email, ADMINISTRATOR.password)

    fates = list(send_faces(office, tmp_path, dry_run=True))

    assert [(fate.name, fate.code) for fate in fates] == [
        ("nobody1.jpg", "UNKNOWN_STUDENT"),
        ("nobody2/front.jpg", "UNKNOWN_STUDENT"),
    ]
