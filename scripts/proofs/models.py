"""What the proofs ask of models, galleries, replicas and runtimes; each is measured in bench/ or evaluation/."""

import json
from typing import Any

from scripts.proofs.evaluating import data, evaluation
from scripts.proofs.ledger import NotMetError, SkippedError, run_command
from scripts.proofs.tree import PYTHON

FACES = 500


def two_models_at_once() -> str:
    """A class goes from one model to the other while others recognise. The second proves the plumbing, no accuracy."""
    _fetch_second_model()
    seen = _bench("switching")
    memory = " / ".join(f"{megabytes:.0f}" for megabytes in seen["resident_mb"])
    return (
        f"{seen['photos']} photos of {seen['people']} people ({seen['source']}) anew in {seen['seconds']:.0f} s, "
        f"meanwhile {seen['recognised']} photos recognised with the old model, {len(seen['failed'])} failed, "
        f"{seen['wrong']} named otherwise; {len(seen['refusals'])} ways to mix models, all 409 MODEL_MISMATCH; "
        f"{memory} MB with one model, with two, and with the old one unloaded"
    )


def replica_killed_at_work() -> str:
    seen = _bench("failover")
    return (
        f"{seen['answered_before']} photos recognised through a balancer before the kill and {seen['answered_after']} "
        f"after it, {len(seen['lost'])} lost, {seen['wrong']} named otherwise; the gallery went along "
        f"{seen['sent_along']} times; slowest {seen['slowest_seconds']:.1f} s"
    )


def runtimes_agree() -> str:
    found = evaluation("agreement", "--data", str(data("lfw-view1")), "--faces", str(FACES), seconds=1200)
    figures = ("least", "first_percentile", "median")
    table = ", ".join(
        f"{each['one']} and {each['other']}: {' / '.join(f'{each[name]:.6f}' for name in figures)}"
        for each in found["cosines"]
    )
    chosen = ", ".join(f"{name}: {precision}" for name, precision in found["chosen"].items())
    return f"cosines of {found['faces']} faces, least / 1 in 100 / median: {table}; the self-test chooses {chosen}"


def campus_search() -> str:
    seen = _bench("campus")
    memory = " / ".join(f"{seen[name]:.0f}" for name in ("before_mb", "after_mb", "again_mb"))
    return (
        f"{seen['call_ms']:.0f} ms a call for 40 faces against {seen['vectors']:,} vectors on one core, numpy's bare "
        f"product {seen['bare_ms']:.0f} ms ({seen['ratio']:.2f} times); {seen['right']} of 40 right; put in a call of "
        f"{seen['body_mb']:.0f} MB in {seen['put_ms']:.0f} ms; {memory} MB before, with it, and after three times more"
    )


def _bench(command: str) -> Any:
    return json.loads(run_command(PYTHON, "-m", "attendance_bench", command, seconds=1200))


def _fetch_second_model() -> None:
    try:
        run_command(PYTHON, "-m", "attendance_ml", "models", "fetch", "sface-dequantised", seconds=900)
    except NotMetError as error:
        raise SkippedError(f"the second model can't be fetched here: {error}") from error
