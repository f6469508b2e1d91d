"""Bad input over HTTP on both services: the status and code of the contract, nothing 500, memory bounded.

Both tables run against the real three processes.
"""

import base64
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from photos import as_heic, with_heic_size
from PIL import Image
from product import ADMINISTRATOR, KEY, Stack, TurningTokens, sign_in
from school import School

from attendance_cli.api import Api
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

MEGABYTE = 1024 * 1024
MEMORY_ROOM = 400 * MEGABYTE
"""What one process may hold more at its worst than at rest: a few 50 MP photos would need 150 MB each."""

JSON = {"content-type": "application/json"}
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def png_header(width: int, height: int) -> bytes:
    """A PNG that is nothing but a header of such a size, and a little data."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def two_people() -> bytes:
    written = io.BytesIO()
    portraits = [sample_portrait(name) for name in ("grace_hopper.jpg", "astronaut.png")]
    compose_class(portraits, size=(1280, 960), face_width=160).image.save(written, "JPEG")
    return written.getvalue()


HOPPER = sample_photo("grace_hopper.jpg").read_bytes()
HOPPER_HEIC = as_heic(Image.open(io.BytesIO(HOPPER)))
PHOTOS: dict[str, tuple[bytes, int, str]] = {
    "no face": (sample_photo("coffee.png").read_bytes(), 422, "NO_FACE_FOUND"),
    "two faces": (two_people(), 422, "MULTIPLE_FACES_FOUND"),
    "truncated JPEG": (HOPPER[: len(HOPPER) // 2], 422, "INVALID_IMAGE"),
    "truncated HEIC": (HOPPER_HEIC[: len(HOPPER_HEIC) // 2], 422, "INVALID_IMAGE"),
    "HEIC head without a photo": (HOPPER_HEIC[:28] + bytes(500), 422, "INVALID_IMAGE"),
    "40,000 x 20,000 HEIC header": (with_heic_size(HOPPER_HEIC, 40_000, 20_000), 422, "INVALID_DIMENSIONS"),
    "text named .jpg": (b"Dear teacher, this is no photo at all.", 415, "INVALID_FORMAT"),
    "30,000 x 30,000 PNG header": (png_header(30_000, 30_000), 422, "INVALID_DIMENSIONS"),
    "8 x 8 pixels": (png_header(8, 8), 422, "INVALID_DIMENSIONS"),
    "25 MB image": (HOPPER + bytes(25 * MEGABYTE), 413, "IMAGE_TOO_LARGE"),
    "30 MB body": (HOPPER + bytes(30 * MEGABYTE), 413, "REQUEST_TOO_LARGE"),
}
NO_FACE_IS_FINE = {"no face", "two faces"}
WAYS = ("raw", "multipart", "base64")


def sent_as(photo: bytes, way: str) -> dict[str, Any]:
    if way == "raw":
        return {"content": photo, "headers": {"content-type": "image/jpeg"}}
    if way == "multipart":
        return {"files": {"image": ("photo.jpg", photo, "image/jpeg")}}
    return {"json": {"image_base64": base64.b64encode(photo).decode()}}


def check_problem(answer: httpx2.Response, status: int, code: str) -> None:
    """A problem document with that status and code, its request id, and nothing that should not be told."""
    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (status, code), answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["detail"]
    assert "Traceback" not in answer.text


@pytest.fixture(scope="module")
def ml(stack: Stack) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{stack.ml_url}/api/ml", headers={"X-API-Key": KEY}, timeout=60) as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def _memory_stays_bounded(stack: Stack) -> Iterator[None]:
    """Around the whole module: no process of ours may have needed much more than it had at rest."""
    pids = {name: stack.supervisor.pids[name] for name in ("ml", "backend")}
    before = {name: psutil.Process(pid).memory_info().rss for name, pid in pids.items()}
    yield
    grown = {name: most_memory(pid) - before[name] for name, pid in pids.items()}
    assert all(bytes_more < MEMORY_ROOM for bytes_more in grown.values()), grown


def most_memory(pid: int) -> int:
    """Bytes that a process has ever held; where the system does not tell (macOS), what it holds now."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return psutil.Process(pid).memory_info().rss
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
    assert peak
    return int(peak[1]) * 1024


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PHOTOS)
def test_ml_encode_face_refuses(ml: httpx2.Client, name: str, way: str) -> None:
    photo, status, code = PHOTOS[name]
    if way == "base64" and code == "IMAGE_TOO_LARGE":
        code = "REQUEST_TOO_LARGE"  # base64 makes a third more of it, and so the body too large
    check_problem(ml.post("/encode-face", **sent_as(photo, way)), status, code)


@pytest.mark.parametrize("call", ["detect-faces", "recognize"])
@pytest.mark.parametrize("name", [name for name in PHOTOS if name not in NO_FACE_IS_FINE])
def test_ml_photos_of_many_are_refused_alike(ml: httpx2.Client, call: str, name: str) -> None:
    photo, status, code = PHOTOS[name]
    gallery = {"model": "sface@2021dec", "students": [{"student_id": "s", "embeddings": [[1.0] * 128]}]}
    more = {"data": {"gallery": json.dumps(gallery)}} if call == "recognize" else {}
    check_problem(ml.post(f"/{call}", files={"image": photo}, **more), status, code)


VECTOR = [1.0] * 128
CANDIDATES = [{"student_id": "s", "embeddings": [VECTOR]}]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", "/encode-face", {"headers": {"X-API-Key": "wrong"}, "content": HOPPER}, 401, "INVALID_API_KEY"),
        ("POST", "/encode-face", {"headers": {"X-API-Key": ""}, "content": HOPPER}, 401, "INVALID_API_KEY"),
        ("POST", "/encode-face", {"json": {"image_base64": "%%%"}}, 400, "INVALID_BASE64"),
        ("POST", "/encode-face", {"content": b"{", "headers": JSON}, 400, "INVALID_REQUEST"),
        ("POST", "/match-faces", {"content": b"{", "headers": JSON}, 400, "INVALID_REQUEST"),
        ("POST", "/match-faces", {"content": b"\xff\xfe", "headers": JSON}, 400, "INVALID_REQUEST"),
        ("POST", "/match-faces", {"json": []}, 400, "INVALID_REQUEST"),
        (
            *("POST", "/match-faces", {"json": {"query_embedding": VECTOR[:127], "candidate_embeddings": CANDIDATES}}),
            *(400, "INVALID_EMBEDDING"),
        ),
        (
            *(
                "POST",
                "/batch-match",
                {"json": {"detected_faces": [{"embedding": VECTOR}], "gallery_id": "unknown-id"}},
            ),
            *(404, "GALLERY_NOT_FOUND"),
        ),
        ("POST", "/recognize?gallery_id=unknown-id", {"content": HOPPER}, 404, "GALLERY_NOT_FOUND"),
        ("PUT", "/galleries/roster-1", {"json": {"model": "other@1", "students": CANDIDATES}}, 409, "MODEL_MISMATCH"),
        ("PUT", "/galleries/x", {"json": {"model": "sface@2021dec", "students": CANDIDATES}}, 400, "INVALID_REQUEST"),
        ("GET", "/encode-face", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/no-such-call", {"content": HOPPER}, 404, "NOT_FOUND"),
    ],
)
def test_ml_other_bad_calls(
    ml: httpx2.Client, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    check_problem(ml.request(method, path, **sent), status, code)


@pytest.mark.parametrize("way", ["raw", "multipart"])
@pytest.mark.parametrize("name", PHOTOS)
def test_backend_refuses_to_enrol(school: School, name: str, way: str) -> None:
    photo, status, code = PHOTOS[name]
    sent = sent_as(photo, way) if way == "raw" else {"files": {"photos": ("photo.jpg", photo, "image/jpeg")}}
    check_problem(school.office.post(f"/students/{school.student}/face-photos", **sent), status, code)
    assert school.office.get(f"/students/{school.student}").json()["face"]["photos"] == 0


@pytest.mark.parametrize("way", ["raw", "multipart"])
@pytest.mark.parametrize("name", [name for name in PHOTOS if name not in NO_FACE_IS_FINE])
def test_backend_refuses_a_class_photo(school: School, name: str, way: str) -> None:
    photo, status, code = PHOTOS[name]
    check_problem(school.teacher.post(f"/sessions/{school.session}/captures", **sent_as(photo, way)), status, code)


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer nonsense"}])
@pytest.mark.parametrize("path", ["/me", "/students", f"/sessions/{UNKNOWN}/register"])
def test_backend_wants_a_sign_in(school: School, path: str, headers: dict[str, str]) -> None:
    answer = school.teacher.get(path, headers=headers)
    assert answer.status_code == 401
    check_problem(answer, 401, answer.json()["error_code"])


def test_a_client_of_ours_whose_access_token_is_over_gets_the_next_and_goes_on(stack: Stack) -> None:
    office = Api(stack.backend_url).sign_in(ADMINISTRATOR.email, ADMINISTRATOR.password)
    assert office._signed_in is not None
    office._signed_in.access = "over"
    with sign_in(stack, ADMINISTRATOR) as client:
        assert isinstance(client.auth, TurningTokens)
        client.auth.tokens["access_token"] = "over"
        seen = [office.get("/me"), client.get("/me").json(), office.get("/me")]

    assert {me["email"] for me in seen} == {ADMINISTRATOR.email}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", "/auth/sign-in", {"content": b"{", "headers": JSON}, 400, "INVALID_REQUEST"),
        (
            "POST",
            "/auth/sign-in",
            {"json": {"email": "no@one.example", "password": "x" * 12}},
            401,
            "INVALID_CREDENTIALS",
        ),
        ("GET", f"/sessions/{UNKNOWN}", {}, 404, "NOT_FOUND"),
        ("GET", f"/captures/{UNKNOWN}", {}, 404, "NOT_FOUND"),
        ("GET", f"/captures/{UNKNOWN}/photo", {}, 404, "NOT_FOUND"),
        ("GET", "/sessions/not-an-id", {}, 404, "NOT_FOUND"),
        ("POST", "/sessions", {"json": {"subject_id": UNKNOWN, "date": "2026-11-21", "period": 1}}, 404, "NOT_FOUND"),
        ("POST", "/sessions", {"json": {"date": "tomorrow"}}, 400, "INVALID_REQUEST"),
        ("GET", "/subjects/{others_subject}", {}, 404, "NOT_FOUND"),
        ("GET", "/subjects/{others_subject}/roster", {}, 404, "NOT_FOUND"),
        ("GET", "/sessions/{others_session}/register", {}, 404, "NOT_FOUND"),
        ("POST", "/sessions/{others_session}/captures", {"content": HOPPER}, 404, "NOT_FOUND"),
        ("POST", "/sessions/{others_session}/close", {}, 404, "NOT_FOUND"),
        ("GET", "/sessions/{others_session}/export.csv", {}, 404, "NOT_FOUND"),
        ("PUT", f"/sessions/{{session}}/marks/{UNKNOWN}", {"json": {"status": "late"}}, 422, "STUDENT_NOT_ON_ROSTER"),
        ("PUT", "/sessions/{session}/marks/{student}", {"json": {"status": "asleep"}}, 400, "INVALID_REQUEST"),
        ("GET", "/subjects?cursor=nonsense", {}, 400, "INVALID_REQUEST"),
        ("GET", "/no-such-page", {}, 404, "NOT_FOUND"),
    ],
)
def test_backend_other_bad_calls(
    school: School, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = school.teacher.request(method, path.format_map(vars(school)), **sent)
    check_problem(answer, status, code)
