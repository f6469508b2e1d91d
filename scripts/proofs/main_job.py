"""The proofs of the main job, end to end: `make prove-main`. Each line is a promise; its figure is measured here."""

import json
import re
import shutil
import tempfile
import time

from scripts.proofs.evaluating import DATA, data, evaluation
from scripts.proofs.ledger import ROOT, NotMetError, Proof, SkippedError, main, run_command
from scripts.proofs.tree import PYTHON, fresh_clone, pytest, run_once_from

CODE_SHAPE = ROOT.parent / "shared" / "tools" / "code_shape.py"
COMMAND = ROOT / ".venv/bin/smart-attendance"
TEST_SECONDS = 600
VARIES = re.compile(r"(^|_)(id|at|date|period)$")
MEDIAN_LINES, P90_LINES = 12, 40


def run_from_a_fresh_clone() -> str:
    """Installs, fetches into an empty cache, starts, takes attendance, prints the register and ends."""
    with fresh_clone() as clone:
        started = time.monotonic()
        output = run_once_from(clone)
        took = time.monotonic() - started
    rows = [line for line in output.splitlines() if re.search(r"present|absent|unknown", line)]
    counts = {word: sum(word in row for row in rows) for word in ("present", "absent", "unknown")}
    if not all(counts.values()):
        raise NotMetError(f"register incomplete: {counts}")
    return f"register printed and status 0 after {took:.0f} s with nothing cached but pip's downloads; rows {counts}"


def no_orphans() -> str:
    return pytest("tests/e2e/test_up.py")


def tests_with_the_network_off() -> str:
    """In a clone that was installed with the network on."""
    if not shutil.which("unshare"):
        raise SkippedError("needs unshare (Linux)")
    with fresh_clone() as clone:
        shared = ROOT.parent / "shared"
        if shared.is_dir():
            (clone.parent / "shared").symlink_to(shared)
        run_command("make", "install", cwd=clone, seconds=900)
        started = time.monotonic()
        offline = "ip link set lo up; make test"
        output = run_command("unshare", "-n", "sh", "-c", offline, cwd=clone, seconds=1200)
        took = time.monotonic() - started
    coverage = re.search(r"^TOTAL .*?([\d.]+%)$", output, re.MULTILINE)
    passed = re.search(r"(\d+) passed.*", output)
    if not coverage or not passed or took > TEST_SECONDS:
        raise NotMetError(f"{took:.0f} s, {passed and passed[0]}, coverage {coverage and coverage[1]}")
    return f"{passed[0]}; coverage {coverage[1]}; {took:.0f} s in all"


def demo_twice() -> str:
    """Twice on the same data: the same register but for ids and times, nothing doubled."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as home:
        first, second = (json.loads(run_command(COMMAND, "demo", "--json", "--data", home)) for _ in range(2))
    if plain(first) != plain(second):
        raise NotMetError("the second register differs from the first")
    return f"two registers alike, {len(first['students'])} students each time"


def plain(register: object) -> object:
    """A register without what may differ between two lessons: ids and times."""
    if isinstance(register, dict):
        return {name: plain(value) for name, value in register.items() if not VARIES.search(name)}
    return [plain(item) for item in register] if isinstance(register, list) else register


def people_of_the_group_photos() -> str:
    found = evaluation("groups", "--data", str(data("group-photos")))
    enrolments = found["enrolments"]
    own = sum(len(enrolment["own"]) for enrolment in enrolments)
    others = sum(len(enrolment["others"]) for enrolment in enrolments)
    photos = len(found["missed_noses"])
    return f"found on {own} of {own} own photos, named on 0 of {others} others'; no nose missed on {photos} photos"


def vectors_as_opencvs() -> str:
    data("group-photos")
    found = evaluation("compare-opencv", "--data", str(DATA), seconds=1500)
    medians, chosen = found["median_cosine"], found["chosen_precision"]
    return (
        f"{found['faces']} faces on {found['photos']} photos, one pass finds the same; median cosine f32 "
        f"{medians['f32']:.6f}, {chosen} {medians['chosen']:.6f}"
    )


def walls() -> str:
    return pytest("tests/test_walls.py")


def bad_input() -> str:
    return pytest("tests/test_bad_input.py")


def killed_between_photo_and_close() -> str:
    return pytest("tests/e2e/test_recovery.py")


def bench() -> str:
    output = run_command(PYTHON, "-m", "attendance_bench", seconds=1200)
    print(output)
    return output.strip().splitlines()[-1]


def code_shape() -> str:
    if not CODE_SHAPE.exists():
        raise SkippedError("the tool that measures it is not on this machine")
    output = run_command(CODE_SHAPE, str(ROOT))
    shapes = re.findall(r"^(source|tests): .*functions, lines median (\d+) p90 (\d+)", output, re.MULTILINE)
    figure = "; ".join(f"{name} median {median} p90 {p90}" for name, median, p90 in shapes)
    long = [name for name, median, p90 in shapes if int(median) > MEDIAN_LINES or int(p90) > P90_LINES]
    if long or "bodies with nothing in them" in output or "tests that check nothing" in output:
        raise NotMetError(f"{figure}; {output}")
    return f"{figure}, no stub, no test without a check"


PROOFS = (
    Proof("1a", "make run from a fresh clone ends with a register", run_from_a_fresh_clone),
    Proof("1b", "Ctrl-C and the death of any process leave no orphan", no_orphans),
    Proof("2", "make test with the network off", tests_with_the_network_off),
    Proof("3", "demo twice gives the same register", demo_twice),
    Proof("4", "persons A, B and C of the group photos", people_of_the_group_photos),
    Proof("5", "vectors against OpenCV's own", vectors_as_opencvs),
    Proof("6", "walls in imports and environments", walls),
    Proof("7", "bad input on both services", bad_input),
    Proof("8", "backend killed between photo and close", killed_between_photo_and_close),
    Proof("9", "old engine, bare runtime and our services in one run", bench),
    Proof("10", "shape of the code", code_shape),
)

if __name__ == "__main__":
    main("main", PROOFS)
