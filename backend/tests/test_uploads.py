"""Bad input, over HTTP: each has its status and code, nothing is a 500, and nothing is half kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from backend.tests.conftest import Backend, Class, Person, photos_in
from backend.tests.simulator import HEIC, JPEG, Simulator, photo_of
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.ports.faces import InvalidFormat
from attendance_backend.uploads import check_image
from attendance_contract.errors import ErrorCode
from attendance_contract.images import ImageFormat

MEGABYTE = 1024 * 1024
WEBP = b"RIFF\x00\x00\x00\x00WEBP"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Bad:
    """A body that is refused, and how."""

    told: str
    sent: dict[str, Any]
    status: int
    code: str


BAD_PHOTOS = [
    Bad(
        "a text file named .jpg",
        {"files": {"image": ("class.jpg", b"roll number,name", "image/jpeg")}},
        415,
        "INVALID_FORMAT",
    ),
    Bad("a text as raw body", {"content": b"hello, I am no photo"}, 415, "INVALID_FORMAT"),
    Bad("25 MB of image", {"content": JPEG + bytes(25 * MEGABYTE)}, 413, "IMAGE_TOO_LARGE"),
    Bad("25 MB of image in a form", {"files": {"image": JPEG + bytes(25 * MEGABYTE)}}, 413, "IMAGE_TOO_LARGE"),
    Bad("30 MB of body", {"content": JPEG + bytes(30 * MEGABYTE)}, 413, "REQUEST_TOO_LARGE"),
    Bad("no image", {"content": b""}, 400, "INVALID_REQUEST"),
    Bad("an empty image", {"files": {"image": b""}}, 400, "INVALID_REQUEST"),
    Bad("another field", {"files": {"picture": photo_of("ann")}}, 400, "INVALID_REQUEST"),
    Bad("a form without a file", {"data": {"image": "x"}, "files": {}}, 415, "INVALID_FORMAT"),
    Bad("two images", {"files": [("image", photo_of("ann")), ("image", photo_of("ben"))]}, 400, "INVALID_REQUEST"),
]


async def test_a_photo_that_can_not_be_one_is_refused_here(
    a_class: Class, backend: Backend, simulator: Simulator, tmp_path: Path
) -> None:
    path = f"/sessions/{a_class.session}/captures"
    process = psutil.Process(backend.processes[-1].pid)
    before, asked = process.memory_info().rss, len(simulator.calls)

    for bad in BAD_PHOTOS:
        answer = await a_class.teacher.ask("POST", path, **bad.sent)
        assert (answer.status_code, answer.json().get("error_code")) == (bad.status, bad.code), bad.told

    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert register["captures"] == []
    assert photos_in(tmp_path) == []
    assert len(simulator.calls) == asked
    assert process.memory_info().rss - before < 120 * MEGABYTE


@pytest.mark.parametrize(
    ("status", "code"),
    [(422, ErrorCode.INVALID_DIMENSIONS), (422, ErrorCode.INVALID_IMAGE), (415, ErrorCode.INVALID_FORMAT)],
)
async def test_a_photo_the_ml_service_refuses_is_told_and_not_kept(
    a_class: Class, simulator: Simulator, tmp_path: Path, status: int, code: str
) -> None:
    simulator.switches.refuse_with = (status, code)

    answer = await a_class.teacher.ask("POST", f"/sessions/{a_class.session}/captures", content=photo_of("ann"))

    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert register["captures"] == []
    assert photos_in(tmp_path) == []


async def test_requests_that_make_no_sense_are_told_so(a_class: Class) -> None:
    session, ann = a_class.session, a_class.ann
    broken = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    some_day = {"subject_id": a_class.subject, "date": "some day", "period": 1}
    no_subject = {"subject_id": "none", "date": "2026-11-21", "period": 1}
    no_time = {"subject_id": a_class.subject, "date": "2026-11-21", "period": 1, "starts_at": "0001-01-01T00:00+01:00"}
    sense_less: list[tuple[str, str, dict[str, Any], int, str]] = [
        ("POST", "/sessions", broken, 400, "INVALID_REQUEST"),
        ("POST", "/sessions", {"json": some_day}, 400, "INVALID_REQUEST"),
        ("POST", "/sessions", {"json": no_subject}, 404, "NOT_FOUND"),
        ("POST", "/sessions", {"json": no_time}, 400, "INVALID_REQUEST"),
        ("PUT", f"/sessions/{session}/marks/{ann}", {"json": {"status": "asleep"}}, 400, "INVALID_REQUEST"),
        ("PUT", f"/sessions/{session}/marks/{ann}", {"json": {"status": "late", "mood": "x"}}, 400, "INVALID_REQUEST"),
        ("PUT", f"/sessions/{session}/marks/nobody", {"json": {"status": "late"}}, 422, "STUDENT_NOT_ON_ROSTER"),
        ("PUT", "/captures/none/faces/0", {"json": {"student_id": ann}}, 404, "NOT_FOUND"),
        ("GET", "/captures/none", {}, 404, "NOT_FOUND"),
        ("GET", "/captures/none/photo", {}, 404, "NOT_FOUND"),
        ("GET", "/sessions?limit=1000", {}, 400, "INVALID_REQUEST"),
        ("GET", "/sessions?date=some%20day", {}, 400, "INVALID_REQUEST"),
        ("GET", "/sessions?cursor=made-up!", {}, 400, "INVALID_REQUEST"),
        ("PATCH", "/records/none", {"json": {"status": "late", "reason": "x"}}, 404, "NOT_FOUND"),
        ("POST", f"/sessions/{session}/close", {"headers": {"If-Match": "new"}}, 400, "INVALID_REQUEST"),
        ("POST", f"/sessions/{session}/close", {"headers": {"If-Match": "9" * 5000}}, 400, "INVALID_REQUEST"),
        ("POST", "/nowhere", {}, 404, "NOT_FOUND"),
    ]
    for method, path, sent, status, code in sense_less:
        answer = await a_class.teacher.ask(method, path, **sent)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), (method, path, sent)
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_id_that_no_query_could_hold_is_refused(office: Person) -> None:
    endless = "x" * (MEGABYTE // 2)
    of_a_session = {"subject_id": endless, "date": "2026-11-21", "period": 1}
    of_a_subject = {"code": "M-1", "name": "Maths", "teacher_ids": [endless]}

    for path, sent in (("/sessions", of_a_session), ("/subjects", of_a_subject)):
        answer = await office.ask("POST", path, json=sent)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_REQUEST"), path
        assert len(answer.content) < 1_000, "what was sent is not sent back"


async def test_a_stranger_can_not_fill_the_memory_with_json(backend: Backend) -> None:
    process = psutil.Process(backend.processes[-1].pid)
    before = process.memory_info().rss
    endless = b'{"email": "a@b.c", "password": "x", "more": [' + b"{}," * 9 * MEGABYTE + b"{}]}"

    answer = await backend.http.post(
        "/api/v1/auth/sign-in", content=endless, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")
    assert process.memory_info().rss - before < 60 * MEGABYTE


async def test_the_kind_of_a_form_is_told_in_any_case(a_class: Class) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="class.jpg"\r\n\r\n'
    form = head + photo_of("ann") + b"\r\n--x--\r\n"

    answer = await a_class.teacher.ask(
        "POST",
        f"/sessions/{a_class.session}/captures",
        content=form,
        headers={"Content-Type": "Multipart/Form-Data; boundary=x"},
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "recognised")


@given(st.binary(max_size=40).filter(lambda head: head[4:8] != b"ftyp"))
def test_only_first_bytes_of_a_known_image_pass(head: bytes) -> None:
    known = head.startswith((b"\xff\xd8\xff", PNG)) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")

    if known:
        assert check_image(head) in ImageFormat
    else:
        with pytest.raises(InvalidFormat):
            check_image(head)


def test_each_known_format_is_told_from_the_others() -> None:
    assert [check_image(head) for head in (JPEG, PNG, WEBP, HEIC)] == list(ImageFormat)
