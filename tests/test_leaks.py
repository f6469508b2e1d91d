"""The look at answers and logs finds what may not be there, and nothing else."""

import base64
import json
import random
import struct
from pathlib import Path

import httpx2
import pytest
from tests.leaks import Leak, check_answer, check_logs, pictures_in, secrets_in, vectors_in

KEY = bytes(range(32))


def unit_vector(length: int) -> list[float]:
    drawn = [random.Random(length + place).gauss(0, 1) for place in range(length)]
    size = sum(number * number for number in drawn) ** 0.5
    return [number / size for number in drawn]


def answer(path: str, content: bytes, media_type: str = "application/json") -> httpx2.Response:
    request = httpx2.Request("GET", f"http://school{path}")
    return httpx2.Response(200, content=content, headers={"content-type": media_type}, request=request)


@pytest.mark.parametrize("length", [16, 128, 512])
def test_a_vector_is_seen_in_both_of_its_forms(length: int) -> None:
    vector = unit_vector(length)
    packed = base64.b64encode(struct.pack(f"<{length}f", *vector))

    assert list(vectors_in(b'{"a": "' + packed + b'"}')) == ["a vector as base64"]
    assert list(vectors_in(json.dumps({"a": vector}).encode())) == ["a vector as numbers"]


def test_other_numbers_and_runs_are_none() -> None:
    scaled = [2 * number for number in unit_vector(128)]
    packed = base64.b64encode(struct.pack("<128f", *scaled))
    digest = b"0123456789abcdef" * 8

    assert list(vectors_in(packed + json.dumps({"boxes": scaled, "few": [0.6, 0.8]}).encode() + digest)) == []


def test_photos_and_secrets_are_seen_in_all_their_forms() -> None:
    assert list(pictures_in(b"x\xff\xd8\xff\xe0")) == ["a photo"]
    assert list(pictures_in(base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(20)))) == ["a photo as base64"]
    for form in (KEY, KEY.hex().encode(), base64.b64encode(KEY)):
        assert list(secrets_in(b"<" + form + b">", {"master.key": KEY})) == ["the key master.key"]
    assert list(secrets_in(b"eyJhbGciOiJIUzI1NiIs.eyJzdWIiOiIw", {})) == ["an access token"]


def test_an_answer_may_hold_what_its_route_is_for_and_nothing_else() -> None:
    token, vector = b"eyJhbGciOiJIUzI1NiIs.eyJzdWIiOiIw", json.dumps(unit_vector(128)).encode()

    check_answer(answer("/api/v1/auth/sign-in", token))
    check_answer(answer("/api/ml/encode-face", vector))
    check_answer(answer("/api/v1/captures/x/photo", b"\xff\xd8\xff", "image/jpeg"))
    for path, content in [
        ("/api/v1/students", token),
        ("/api/v1/auth/sign-in", vector),
        ("/api/v1/x", b"\xff\xd8\xff"),
    ]:
        with pytest.raises(Leak, match=path):
            check_answer(answer(path, content))


def test_a_log_is_held_against_the_keys_that_lie_beside_it(tmp_path: Path) -> None:
    keys = tmp_path / "home" / "keys"
    keys.mkdir(parents=True)
    (keys / "jwt.key").write_bytes(KEY)
    leaky = tmp_path / "home" / "output.log"
    leaky.write_text(f"starting with {KEY.hex()}")
    (tmp_path / "clean.log").write_text("starting")

    leaks = check_logs(tmp_path)
    # The run itself is looked through at its end, this folder too.
    leaky.unlink()

    assert leaks == ["output.log holds the key jwt.key"]
