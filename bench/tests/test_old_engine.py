"""The old engine still does its work, so that the comparison with it means something."""

import json
import subprocess
from pathlib import Path

import pytest

import attendance_bench
from attendance_bench.machine import ROOT
from attendance_ml.samples import sample_photo

PYTHON = ROOT / ".venvs/bench/bin/python"


@pytest.mark.skipif(not PYTHON.exists(), reason="the old engine's environment is installed by `make bench` only")
def test_it_finds_the_face_and_times_each_step() -> None:
    photo = str(sample_photo("grace_hopper.jpg"))
    measure = {"name": "one", "photo": photo, "warm_up": photo, "jitters": 1, "repeats": 1, "match": True}
    job = json.dumps({"gallery": [[0.0] * 128], "measures": [measure]})
    script = Path(attendance_bench.__file__).with_name("old_engine.py")
    run = subprocess.run([PYTHON, "-W", "ignore", script], input=job, capture_output=True, text=True, check=True)
    answer = json.loads(run.stdout)
    assert answer["faces"] == 1
    assert set(answer["steps"]) == {"decode", "detect", "encode", "match"}
    assert answer["wall_ms"] > answer["steps"]["encode"]["wall_ms"] > 0
