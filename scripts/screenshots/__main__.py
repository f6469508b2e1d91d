"""`python -m scripts.screenshots`: takes the pictures, or says which are missing."""

import argparse
import itertools
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from browser.launching import launch_chromium
from browser.visiting import Visitor
from playwright.sync_api import sync_playwright
from product import started_stack
from scripts.screenshots.scenes import LOOKS, SCENES, Studio
from scripts.screenshots.school import found_school

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WANTED = [f"{name}-{look.name}.png" for name in SCENES for look in LOOKS]
"""Every picture there must be."""


def take_all(names: Sequence[str], out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, started_stack(Path(folder) / "home") as stack:
        school = found_school(stack, Path(folder))
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright, school.film)
            for name, look in itertools.product(names, LOOKS):
                visitor = Visitor(stack.backend_url)
                SCENES[name](Studio(school, browser, visitor, look, out / f"{name}-{look.name}.png"))
                visitor.leave()
                print(f"{name}-{look.name}")


def missing(out: Path = OUT) -> list[str]:
    """The pictures there must be and are not."""
    return [name for name in WANTED if not (out / name).is_file()]


def main() -> int:
    parser = argparse.ArgumentParser("scripts.screenshots", description="Photographs every screen of the web app.")
    parser.add_argument("--check", action="store_true", help="take none, say which are missing")
    parser.add_argument("scenes", nargs="*", help=f"take these alone, of {', '.join(SCENES)}")
    options = parser.parse_args()
    if not options.check:
        OUT.mkdir(parents=True, exist_ok=True)
        take_all(options.scenes or list(SCENES), OUT)
    absent = missing()
    print(*(f"missing: {name}" for name in absent), sep="\n", end="\n" if absent else "")
    print(f"{len(WANTED) - len(absent)} of {len(WANTED)} pictures are there")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
