"""The proofs of the web app's first slice: `make prove-web`. Each line is a promise; its figure is measured here."""

import shutil
import time
from pathlib import Path

from scripts.proofs.ledger import NotMetError, Proof, SkippedError, main, run_command
from scripts.proofs.tree import PYTHON, fresh_clone, pytest, run_once_from

MOST_SCRIPT = 200_000
"""Bytes of compressed script on the way to a photo."""
BROWSERS = ("chromium", "firefox-esr", "certutil")


def in_browsers(*names: str) -> str:
    """The browser tests of some files. Every browser has to be there: half a proof is none."""
    missing = [browser for browser in BROWSERS if not shutil.which(browser)]
    if missing:
        raise SkippedError(f"not on this machine: {', '.join(missing)} (scripts/browsers installs them)")
    return pytest(*(f"tests/browser/test_{name}.py" for name in names))


def a_lesson() -> str:
    return in_browsers("story", "photos")


def pictures() -> str:
    return run_command(PYTHON, "-m", "scripts.screenshots", "--check").strip().splitlines()[-1]


def for_everybody() -> str:
    return in_browsers("accessibility", "keyboard", "signs")


def outages() -> str:
    return in_browsers("outages")


def built_by_make_run() -> str:
    """Whatever a fresh clone says is there, is there: the web app built, its script small enough."""
    with fresh_clone() as clone:
        started = time.monotonic()
        output = run_once_from(clone)
        took = time.monotonic() - started
        sizes = {ending: script_bytes(clone / "frontend/dist", ending) for ending in ("gz", "br")}
    if "building: the web app" not in output:
        raise NotMetError("make run built no web app")
    figure = f"built and run in {took:.0f} s; all script together " + ", ".join(
        f"{size / 1000:.0f} kB as {ending}" for ending, size in sizes.items()
    )
    if not 0 < max(sizes.values()) < MOST_SCRIPT:
        raise NotMetError(figure)
    return figure


def script_bytes(built: Path, ending: str) -> int:
    return sum(file.stat().st_size for file in built.glob(f"assets/*.js.{ending}"))


def nothing_but_our_own() -> str:
    return in_browsers("pages")


def drift() -> str:
    """A client that is not what the OpenAPI gives stops the build."""
    return pytest("tests/test_web_client.py")


def private() -> str:
    return in_browsers("privacy")


def lan() -> str:
    return in_browsers("lan")


PROOFS = (
    Proof("1", "a lesson in Chromium and Firefox, by file and camera, with reloads", a_lesson),
    Proof("2", "pictures of every screen and state", pictures),
    Proof("3", "axe, keyboard alone, signs beside colours", for_everybody),
    Proof("4", "recognition, server and network away and back", outages),
    Proof("5a", "make run from a fresh clone builds the web app", built_by_make_run),
    Proof("5b", "a changed OpenAPI fails the build", drift),
    Proof("5c", "no third party, no inline script, nothing the policy forbids, little script", nothing_but_our_own),
    Proof("5d", "a photo is shown and sent for nobody else; being signed out loses nothing", private),
    Proof("6", "up --lan: TLS trusted by Chromium, camera allowed", lan),
)

if __name__ == "__main__":
    main("web", PROOFS)
