"""The engine that was replaced, dlib, measured beside ours. It runs in its own environment, never in this one."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from attendance_evaluation.vectors import FaceRecord

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venvs" / "bench" / "bin" / "python"
SCRIPT = Path(__file__).with_name("old_vectors.py")
"""Not imported: dlib is not in this environment."""

CONFIDENT, UNCERTAIN = 0.5, 0.6
"""Euclidean distances below which the old service took a face for present, and for worth a question."""


class OldEncoder:
    """dlib as the old service called it: HOG with one upsampling, the largest face, five landmarks, one vector."""

    key = "old-dlib-1-jitter"

    def encode(self, photos: Sequence[bytes]) -> Iterator[FaceRecord | None]:
        """As `Encoder`; a vector stands for its mirror image too, which the old service never made.

        Raises:
            FileNotFoundError: the old engine's environment is not installed.
        """
        if not photos:
            return
        if not PYTHON.exists():
            raise FileNotFoundError("The old engine is not installed: make .venvs/bench/.done")
        with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
            paths = [Path(folder) / str(number) for number in range(len(photos))]
            for path, photo in zip(paths, photos, strict=True):
                path.write_bytes(photo)
            yield from _run(paths)


def _run(paths: Sequence[Path]) -> Iterator[FaceRecord | None]:
    """A vector at a time, so that each is kept as soon as it is there."""
    with subprocess.Popen(
        [PYTHON, "-W", "ignore", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT / "bench")},
    ) as process:
        if not process.stdin or not process.stdout:
            raise RuntimeError("the old engine's pipes are not open")
        for path in paths:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            yield answer and _record(answer["width"], np.array(answer["vector"], np.float32))
        process.stdin.close()


def _record(width: float, vector: np.ndarray) -> FaceRecord:
    return FaceRecord(width, float("nan"), vector, vector)
