"""Photographs every screen of the web app in its states, as a phone and a desktop show it, light and dark.

`python -m scripts.screenshots` writes them to docs/screenshots anew, `--check` says which are missing. It starts the
real product on a folder of its own. On the pictures are people in the public domain and nobody else.
"""

import sys
from pathlib import Path

# The tests' own product, class and gestures: a picture shows what they walk through.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
