"""The search of a whole campus: 40 faces against 100,000 vectors over HTTP, beside numpy's bare product of both."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import httpx2
import numpy as np
from numpy.typing import NDArray

from attendance_bench.replicas import HEADERS, Replica, running_replica
from attendance_contract.galleries import PACKED_GALLERY, pack_gallery
from attendance_contract.vectors import encode_vector
from attendance_ml.faces.embed import VECTOR_LENGTH, to_unit_length
from attendance_ml.faces.models import SFACE

VECTORS, FACES, RUNS = 100_000, 40, 15
MOST_MS = 150.0
"""The design's figure, on one core."""

GALLERY_ID = "the-whole-campus"


@dataclass
class Campus:
    """What was measured. `bare_ms` is numpy's product of the same matrices on one core, in the same minutes; `call_ms`
    what the service's caller waited; `again_mb` its resident megabytes after the gallery came three times more.
    """

    vectors: int
    body_mb: float
    put_ms: float
    bare_ms: float
    call_ms: float
    right: int
    before_mb: float
    after_mb: float
    again_mb: float

    @property
    def ratio(self) -> float:
        return self.call_ms / self.bare_ms


def search_campus(replica: Replica, *, vectors: int = VECTORS, runs: int = RUNS) -> Campus:
    """Puts a gallery of students with one random vector each, and searches it for faces that resemble 40 of them."""
    random = np.random.default_rng(20_261_122)
    enrolled = to_unit_length(random.normal(size=(vectors, VECTOR_LENGTH)).astype(np.float32))
    wanted = random.choice(vectors, FACES, replace=False)
    probes = to_unit_length(
        enrolled[wanted] + random.normal(scale=0.05, size=(FACES, VECTOR_LENGTH)).astype(np.float32)
    )
    ids = [secrets.token_hex(18) for _ in range(vectors)]  # as long as a UUID
    body = pack_gallery(SFACE.id, ((ids[i], [enrolled[i].tobytes()]) for i in range(vectors)))
    request = {
        "gallery_id": GALLERY_ID,
        "model": SFACE.id,
        "detected_faces": [{"embedding": encode_vector(probe.tolist())} for probe in probes],
        "confident_threshold": 0,
    }
    with httpx2.Client(base_url=f"{replica.url}/api/ml", headers=HEADERS, timeout=120) as http:
        before = replica.resident_mb()
        put_ms = _timed(lambda: _put(http, body))
        after = replica.resident_mb()
        found = _search(http, request)
        bare, calls = _in_turn(lambda: probes @ enrolled.T, lambda: _search(http, request), runs)
        for _ in range(3):
            _put(http, body)
        again = replica.resident_mb()
    right = sum(name == ids[i] for name, i in zip(found, wanted, strict=True))
    return Campus(vectors, len(body) / 2**20, put_ms, bare, calls, right, before, after, again)


def measure_campus() -> bool:
    """Prints the search as JSON; whether it keeps within the design's figure."""
    with running_replica(ML_THREADS="1") as replica:
        seen = search_campus(replica)
    print(json.dumps({**seen.__dict__, "ratio": round(seen.ratio, 2), "most_ms": MOST_MS}, indent=2))
    return seen.call_ms <= MOST_MS and seen.right == FACES


def _put(http: httpx2.Client, body: bytes) -> None:
    http.put(f"/galleries/{GALLERY_ID}", content=body, headers={"Content-Type": PACKED_GALLERY}).raise_for_status()


def _search(http: httpx2.Client, request: dict[str, object]) -> list[str | None]:
    answer = http.post("/batch-match", json=request).raise_for_status()
    return [match["student_id"] for match in answer.json()["matches"]]


def _in_turn(bare: Callable[[], NDArray[np.float32]], call: Callable[[], object], runs: int) -> tuple[float, float]:
    """Medians in milliseconds of both, one after the other, so that what else the machine does meets both alike."""
    times = [(_timed(bare), _timed(call)) for _ in range(runs)]
    return median(first for first, _ in times), median(second for _, second in times)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3
