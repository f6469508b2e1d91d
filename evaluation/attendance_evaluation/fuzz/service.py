"""The running ML service under fire over HTTP: hostile photos in every way they can be sent, and calls made from its
own OpenAPI document by schemathesis. It never sees a real school's data.
"""

import base64
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

from attendance_bench.replicas import HEADERS, KEY, Replica
from attendance_evaluation.fuzz.mutations import mutant

SERVER_ERROR, OVERLOADED = 500, 503
CALLS = ("detect-faces", "encode-face", "recognize")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
"""Of schemathesis: that every answer is one that the document tells. What a valid schema can't tell (that base64 is of
a photo, that photo shows a face) is refused with a documented code, so acceptance of every such call is not asked for.
"""

CASES = re.compile(r"(\d+) generated")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the service answered to hostile photos: how often which status, and what should not have been."""

    statuses: dict[int, int]
    broken: list[str]
    memory_before: int
    memory_after: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """What schemathesis found: calls made, whether all answers conformed, and its summary where not."""

    calls: int
    conforms: bool
    said: str


def send_mutants(service: Replica, seed: int, images: int) -> Answers:
    """Mutants 0 to `images` of `seed`, each to one call in one way."""
    process, statuses, broken = psutil.Process(service.process.pid), Counter[int](), list[str]()
    before = process.memory_info().rss
    with httpx2.Client(base_url=f"{service.url}/api/ml", headers=HEADERS, timeout=120) as client:
        for number in range(images):
            made = mutant(seed, number)
            answer = client.post(f"/{CALLS[number % len(CALLS)]}", **_sent(number, made.data))
            statuses[answer.status_code] += 1
            if answer.status_code >= SERVER_ERROR and answer.status_code != OVERLOADED:
                broken.append(f"{seed}:{number} ({made.made}): {answer.status_code}")
    return Answers(dict(statuses), broken, before, process.memory_info().rss)


def _sent(number: int, data: bytes) -> dict[str, Any]:
    """As the raw body, a form or base64, by turns; of `recognize` only a form can carry the gallery."""
    way = number // len(CALLS) % 3
    if CALLS[number % len(CALLS)] == "recognize":
        gallery = '{"model": "sface@2021dec", "students": []}'
        return {"files": {"image": ("photo", data)}, "data": {"gallery": gallery}}
    if way == 0:
        return {"content": data, "headers": {"content-type": "image/jpeg"}}
    return (
        {"files": {"image": ("photo", data)}}
        if way == 1
        else {"json": {"image_base64": base64.b64encode(data).decode()}}
    )


def conform(service: Replica, seconds: int, seed: int) -> Conformance:
    """Calls made up from the service's OpenAPI document for so many seconds, valid and not, unknown methods too."""
    program = Path(sys.executable).with_name("schemathesis")
    document = subprocess.run(
        [sys.executable, "-m", "attendance_ml", "openapi"], capture_output=True, text=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(document, encoding="utf-8")
        options = [
            "--max-time",
            str(seconds),
            "--seed",
            str(seed),
            "--checks",
            CHECKS,
            "--suppress-health-check",
            "all",
        ]
        options += ["--header", f"X-API-Key: {KEY}", "--continue-on-failure", "--no-shrink", "--warnings", "off"]
        done = subprocess.run(
            [str(program), "run", str(path), "--url", service.url, *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    calls = CASES.search(done.stdout)
    failures = done.stdout.partition("= FAILURES =")[2][-4000:]
    return Conformance(int(calls[1]) if calls else 0, done.returncode == 0, failures or done.stderr[-2000:])
