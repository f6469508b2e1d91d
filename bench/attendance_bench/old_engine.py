"""The engine that Smart Attendance replaces, timed: dlib's HOG detector and ResNet, as the old service used them.

Runs as a script in an environment of its own, where nothing of ours is installed: a job as JSON on standard input,
times as JSON on standard output, one line per measure.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, BinaryIO

import dlib
import face_recognition_models
import numpy as np
from numpy.typing import NDArray
from PIL import Image

UPSAMPLING = 1

Pixels = NDArray[np.uint8]
Vector = NDArray[np.float64]


class OldEngine:
    """What the package face_recognition 1.3.0 does in `face_locations` and `face_encodings`, with its defaults."""

    def __init__(self) -> None:
        self._detect = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(face_recognition_models.pose_predictor_five_point_model_location())
        self._embed = dlib.face_recognition_model_v1(face_recognition_models.face_recognition_model_location())

    def detect(self, pixels: Pixels) -> list[Any]:
        height, width = pixels.shape[:2]
        return [
            dlib.rectangle(max(box.left(), 0), max(box.top(), 0), min(box.right(), width), min(box.bottom(), height))
            for box in self._detect(pixels, UPSAMPLING)
        ]

    def encode(self, pixels: Pixels, boxes: list[Any], jitters: int) -> list[Vector]:
        shapes = [self._landmarks(pixels, box) for box in boxes]
        return [np.array(self._embed.compute_face_descriptor(pixels, shape, jitters)) for shape in shapes]


def match(probes: list[Vector], gallery: list[Vector]) -> list[int]:
    """The nearest vector of each probe, one comparison after the other."""
    nearest = []
    for probe in probes:
        distances = [float(np.linalg.norm(stored - probe)) for stored in gallery]
        nearest.append(distances.index(min(distances)))
    return nearest


def load(photo: str | BinaryIO) -> Pixels:
    return np.array(Image.open(photo).convert("RGB"))


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"wall_ms": (time.perf_counter() - wall) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3}


def recognise(engine: OldEngine, path: str, jitters: int, gallery: list[Vector]) -> dict[str, Any]:
    """One photo from file to names, in the steps whose times are told apart."""
    pixels, decode = timed(lambda: load(path))
    boxes, detect = timed(lambda: engine.detect(pixels))
    vectors, encode = timed(lambda: engine.encode(pixels, boxes, jitters))
    _, matched = timed(lambda: match(vectors, gallery) if gallery else [])
    return {"faces": len(boxes), "steps": {"decode": decode, "detect": detect, "encode": encode, "match": matched}}


def main() -> None:
    job = json.load(sys.stdin)
    engine = OldEngine()
    gallery = [np.array(vector) for vector in job["gallery"]]
    for measure in job["measures"]:
        given = gallery if measure["match"] else []
        recognise(engine, measure["warm_up"], 1, given)
        runs = [recognise(engine, measure["photo"], measure["jitters"], given) for _ in range(measure["repeats"])]
        steps = {
            step: {kind: median(run["steps"][step][kind] for run in runs) for kind in ("wall_ms", "cpu_ms")}
            for step in runs[0]["steps"]
        }
        total = {
            kind: median(sum(step[kind] for step in run["steps"].values()) for run in runs)
            for kind in ("wall_ms", "cpu_ms")
        }
        answer = {"name": measure["name"], "faces": runs[0]["faces"], "runs": len(runs), **total, "steps": steps}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
