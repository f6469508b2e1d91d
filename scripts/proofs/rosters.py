"""Self-checking rosters: what strangers and students get of them, and what a planted twin pair does."""

from collections.abc import Mapping
from typing import Any

from scripts.proofs.evaluating import DATA, data, evaluation

SECONDS = 1500
"""Most of it to embed two thousand photos, where that was not done before."""


def self_checking_rosters() -> str:
    """As counts; the evaluation itself fails where mixed rosters are tightened or a twin is named without a human."""
    for folder in ("lfw-view1", "spoof-nuaa-train"):
        data(folder)
    found = evaluation("rosters", "--data", str(DATA), seconds=SECONDS)
    kinds = [f"{name}: {_kind(result)}" for name, result in found["rosters"].items()]
    return "; ".join([*kinds, *(f"twins of {name}: {_twins(told)}" for name, told in found["twins"].items())])


def _kind(result: Mapping[str, Any]) -> str:
    before, after = result["without"], result["checked"]
    return (
        f"{result['tightened']} of {result['rosters']} tightened, strangers named {before['named']} -> "
        f"{after['named']}, shown {before['shown']} -> {after['shown']} of {after['strangers']}, students missed "
        f"{before['missed']} -> {after['missed']} of {after['own']}"
    )


def _twins(told: Mapping[str, int]) -> str:
    return (
        f"{told['noticed']} of {told['rosters']} pairs noticed, {told['present']} of {told['faces']} faces named "
        f"without a human, {told['changed']} classes with other thresholds, others present "
        f"{told['others_present_without']} -> {told['others_present']}"
    )
