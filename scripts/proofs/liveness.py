"""What liveness lets through, and whom it stops: line 9 of the ML service's proofs."""

import os
from collections.abc import Mapping
from typing import Any

from scripts.proofs.evaluating import data, evaluation
from scripts.proofs.ledger import ROOT, NotMetError, run_command
from scripts.proofs.tree import PYTHON

MODELS = ROOT.parent / "shared" / "models"
WAVED, WAVED_LONG = 40, 200
FLAT_PASSED, TURNS_PASSED, MIXED_UP = 0.03, 0.80, 0.01
"""At most so many of the drawn flat photos may pass, at least so many turns must, and the passive networks'
equal error rate may be so much."""


def liveness() -> str:
    """The challenge on waved photos and on turns, and the passive networks on printed photos."""
    data("lfw-view1")
    folder = str(data("spoof-nuaa-train"))
    beside = {"SMART_ATTENDANCE_MODELS_FROM": str(MODELS)} if MODELS.is_dir() else {}
    run_command(PYTHON, "-m", "attendance_ml", "models", "fetch", env=beside)
    waved = WAVED_LONG if os.environ.get("LONG") else WAVED
    found = evaluation("liveness", "--data", folder, "--waved", str(waved), seconds=1800)
    line = f"{_challenge(found['challenge'])}; {_passive(found['passive'])}"
    if not _holds(found["challenge"], found["passive"]):
        raise NotMetError(line)
    return line


def _holds(challenge: Mapping[str, Any], passive: Mapping[str, Any]) -> bool:
    turned = _rate(challenge["turns"]) >= TURNS_PASSED and not any(map(_rate, challenge["still"].values()))
    stopped = all(_rate(outcome) <= FLAT_PASSED for name, outcome in challenge["waved"].items() if "flat" in name)
    told_apart = all(rates["eer"] <= MIXED_UP for rates in _measured(passive).values())
    return turned and stopped and told_apart


def _challenge(challenge: Mapping[str, Any]) -> str:
    outcomes = {
        "turns (frames are photos of one person at different poses: no video is at hand)": challenge["turns"],
        **challenge["waved"],
        **{f"real frames without a turn, {name}": outcome for name, outcome in challenge["still"].items()},
    }
    told = ", ".join(f"{name} {_count(outcome['passed'])}" for name, outcome in outcomes.items())
    return f"the challenge passed: {told}"


def _passive(passive: Mapping[str, Any]) -> str:
    if "skipped" in passive:
        return f"passive not measured: {passive['skipped']}"
    return "; ".join(
        f"passive, {name}: AUC {rates['auc']:.4f}, EER {rates['eer']:.2%} at {rates['eer_score']:.3f}, "
        f"at {rates['threshold']} {_count(rates['attacks_passed'])} attacks passed, "
        f"{_count(rates['live_refused'])} live refused"
        for name, rates in _measured(passive).items()
    )


def _measured(passive: Mapping[str, Any]) -> dict[str, Any]:
    return dict(passive.get("rates", {}))


def _rate(outcome: Mapping[str, Any]) -> float:
    share = outcome["passed"]
    return float(share["count"]) / max(share["of"], 1)


def _count(share: Mapping[str, Any]) -> str:
    return f"{share['count']} of {share['of']}"
