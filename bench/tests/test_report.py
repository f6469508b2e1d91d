"""The last line of the report is what the measured figures say."""

from attendance_bench.report import BOTH, IN_PROCESS, OLD, OVER_HTTP, summary


def row(name: str, way: str, wall_ms: float) -> dict:
    return {"name": name, "way": way, "wall_ms": wall_ms, "cpu_ms": wall_ms, "faces": 10}


def test_ratios_cost_and_efficiency_in_one_line() -> None:
    rows = [
        row("class", OLD, 4000),
        row("class", IN_PROCESS, 97),
        row("class", OVER_HTTP, 100),
        row("class", BOTH, 125),
        row("portrait", OLD, 600),
        row("portrait", OVER_HTTP, 20),
        row("match", OVER_HTTP, 2),
    ]
    assert summary(rows, {"service": 9.0, "networks": 10.0}) == (
        "against the old engine: class 32x, portrait 30x; ML service over HTTP minus in process 3.0 ms; "
        "throughput 90% of the two networks alone (9.0 of 10.0 photos/s)"
    )
