"""The old engine, the bare runtime and our two services, on the same photos in one run."""

import json
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from attendance_bench.bare import Bare, match, replay
from attendance_bench.ledger import Ledger
from attendance_bench.machine import ROOT, commit, facts, load
from attendance_bench.measure import Figure, measure, processes_clock, throughput
from attendance_bench.people import SIZES, TimedClass, timed_class
from attendance_bench.report import ALONE, BOTH, IN_PROCESS, OLD, OVER_HTTP, report, summary
from attendance_bench.services import GALLERY_ID, Services, services

PORTRAIT, MATCH = "portrait 640x480", "match 10 x 30 x 3"
_OLD_PYTHON = ROOT / ".venvs" / "bench" / "bin" / "python"
_OLD_RUNS, _RUNS = 3, 15
_JITTERS, _PORTRAIT_JITTERS = 3, 5
"""Of the original service: for a class photo, and for a portrait to enrol."""
_SECONDS = 8.0
_CALLERS = 4
_OLD_VECTORS = 90
"""Thirty students with three vectors each."""

console = Console()
Photos = Mapping[str, bytes]


def measure_speed() -> None:
    """Prints the table of times and ratios, and a last line with the figures that the design asks for."""
    ledger = Ledger(ROOT / "var" / "bench.json", commit(), facts())
    console.print(f"measuring {ledger.content['commit']} on {ledger.content['machine']['cpu']}")
    bare = Bare()
    people = timed_class(bare.engine)
    photos = {name: people.class_photo(size) for name, size in SIZES.items()} | {PORTRAIT: people.portrait()}
    old = ledger.stage("old engine", lambda: _old_engine(photos))
    own = ledger.stage("services", lambda: _own(bare, people, photos))
    ledger.finish(load())
    described = f"{bare.description}, {people.source}"
    rows = _together(old, own["figures"])
    console.print(report(rows, ledger.content["machine"], described))
    console.print(summary(rows, own["efficiency"]), soft_wrap=True, highlight=False)


def _old_engine(photos: Photos) -> list[dict[str, Any]]:
    """Figures of the old engine, from its own environment."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        paths = {name: Path(folder) / f"{number}.jpg" for number, name in enumerate(photos)}
        for name, path in paths.items():
            path.write_bytes(photos[name])
        script = Path(__file__).with_name("old_engine.py")
        run = subprocess.run(
            [_OLD_PYTHON, "-W", "ignore", script],
            input=json.dumps(_old_job(paths)),
            capture_output=True,
            text=True,
            check=True,
        )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    return [
        asdict(Figure(a["name"], OLD, a["wall_ms"], a["cpu_ms"], a["runs"], a["faces"])) | {"steps": a["steps"]}
        for a in answers
    ]


def _old_job(paths: Mapping[str, Path]) -> dict[str, Any]:
    # What is in the vectors makes no difference to the time of comparing with them.
    gallery = np.random.default_rng(0).normal(size=(_OLD_VECTORS, 128)).tolist()
    measures = [
        {
            "name": name,
            "photo": str(path),
            "warm_up": str(paths[PORTRAIT]),
            "jitters": _PORTRAIT_JITTERS if name == PORTRAIT else _JITTERS,
            "repeats": _OLD_RUNS,
            "match": name != PORTRAIT,
        }
        for name, path in paths.items()
    ]
    return {"gallery": gallery, "measures": measures}


def _own(bare: Bare, people: TimedClass, photos: Photos) -> dict[str, Any]:
    """Figures of our engine in this process and behind our services, and how much of the runtime they make use of."""
    enrolled = people.enrolled()
    vectors = {name: [bare.encode(photo) for photo in own] for name, own in enrolled.items()}
    with (
        tempfile.TemporaryDirectory(prefix="smart-attendance-") as home,
        services(Path(home), enrolled, console) as running,
    ):
        running.ml.put_gallery(vectors)
        figures = [
            *(figure for name in SIZES for figure in _class_photo(name, photos[name], bare, vectors, running)),
            *_portrait(photos[PORTRAIT], bare, running),
            *_match(photos[next(iter(SIZES))], bare, vectors, running),
        ]
        return {
            "figures": [asdict(figure) for figure in figures],
            "efficiency": _efficiency(photos[next(iter(SIZES))], bare, running),
        }


def _class_photo(name: str, photo: bytes, bare: Bare, vectors: Any, running: Services) -> list[Figure]:
    inferences, gallery = bare.inferences(photo, single=False), bare.gallery(vectors)
    ways = {
        ALONE: (lambda: replay(inferences), time.process_time),
        IN_PROCESS: (lambda: bare.recognise(photo, gallery), time.process_time),
        OVER_HTTP: (lambda: running.ml.recognise(photo), processes_clock([running.pids["ml"]])),
        BOTH: (lambda: running.take(photo), processes_clock(running.pids.values())),
    }
    return measure(name, ways, _RUNS)


def _portrait(photo: bytes, bare: Bare, running: Services) -> list[Figure]:
    inferences = bare.inferences(photo, single=True)
    ways = {
        ALONE: (lambda: replay(inferences), time.process_time),
        IN_PROCESS: (lambda: len([bare.encode(photo)]), time.process_time),
        OVER_HTTP: (lambda: running.ml.encode(photo), processes_clock([running.pids["ml"]])),
    }
    return measure(PORTRAIT, ways, _RUNS)


def _match(photo: bytes, bare: Bare, vectors: Any, running: Services) -> list[Figure]:
    probes, gallery = bare.probes(photo)[:10], bare.gallery(vectors)
    request = {"detected_faces": [{"embedding": probe.tolist()} for probe in probes], "gallery_id": GALLERY_ID}
    body = json.dumps(request).encode()
    ways = {
        IN_PROCESS: (lambda: match(probes, gallery), time.process_time),
        OVER_HTTP: (lambda: running.ml.match(body), processes_clock([running.pids["ml"]])),
    }
    return measure(MATCH, ways, _RUNS)


def _efficiency(photo: bytes, bare: Bare, running: Services) -> dict[str, float]:
    """Photos a second of the service, and of the networks alone (with one caller or two, whichever is faster)."""
    inferences = bare.inferences(photo, single=False)
    alone = [throughput(lambda: replay(inferences), callers=callers, seconds=_SECONDS) for callers in (1, 2)]
    served = throughput(lambda: running.ml.recognise(photo), callers=_CALLERS, seconds=_SECONDS)
    return {"service": served, "networks": max(alone)}


def _together(old: list[dict[str, Any]], own: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = dict.fromkeys(row["name"] for row in [*old, *own])
    return [row for name in names for row in [*old, *own] if row["name"] == name]
