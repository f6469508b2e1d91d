"""One leak in an answer and one in a log, planted: a run over them that held would prove that nobody looks.

Its name keeps it out of every other run; `scripts/proofs/given_away.py` asks for it.
"""

import json
from pathlib import Path

import httpx2

VECTOR = [0.25] * 16
KEY = bytes(range(32))


def test_an_answer_gives_a_vector_away() -> None:
    def school(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"first": VECTOR})

    with httpx2.Client(transport=httpx2.MockTransport(school)) as http:
        assert json.loads(http.get("http://school/api/v1/students").content) == {"first": VECTOR}


def test_a_log_gives_a_key_away(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "planted.key").write_bytes(KEY)
    log = tmp_path / "output.log"

    log.write_text(f"starting with {KEY.hex()}\n")

    assert log.stat().st_size > len(KEY)
