"""The old engine's vectors, one line of JSON per photo. A script for its own environment, with `bench/` on the path.

Reads paths from standard input. Writes `null` where no face was found, else the width and vector of the largest.
"""

import json
import sys

from attendance_bench.old_engine import OldEngine, load

JITTERS = 1
"""The default of the package face_recognition; more cost up to four times as long."""


def main() -> None:
    engine = OldEngine()
    for line in sys.stdin:
        pixels = load(line.rstrip("\n"))
        boxes = engine.detect(pixels)
        if not boxes:
            print("null", flush=True)
            continue
        largest = max(boxes, key=lambda box: box.width())
        (vector,) = engine.encode(pixels, [largest], JITTERS)
        print(json.dumps({"width": largest.width(), "vector": vector.tolist()}), flush=True)


if __name__ == "__main__":
    main()
