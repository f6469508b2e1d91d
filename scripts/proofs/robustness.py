"""What the ML service bears: small faces and close-ups on large photos, and photos and calls that mean harm."""

import os
from typing import Any

from scripts.proofs.evaluating import DATA, data, evaluation

LONG = os.environ.get("LONG") == "1"


def small_faces_and_close_ups() -> str:
    data("crowd-boxes")
    seeds = 3 if LONG else 1
    found = evaluation("crowds", "--data", str(DATA), "--seeds", str(seeds), seconds=1800)
    return "; ".join(f"{kind}: {way} {_cost(cost)}" for kind, ways in found.items() for way, cost in ways.items())


def _cost(cost: dict[str, Any]) -> str:
    there, found = cost["there"], cost["found"]
    recall = ", ".join(f"{found[width]}/{there[width]} of {width} px" for width in sorted(there, key=int))
    return f"{recall} ({cost['false']} elsewhere, {cost['doubles']} twice, {cost['peak'] // 10**6} MB)"


def hostile_photos_and_calls() -> str:
    amounts = ("20000", "2000", "600") if LONG else ("3000", "300", "120")
    options = [word for pair in zip(("--images", "--requests", "--seconds"), amounts, strict=True) for word in pair]
    found = evaluation("fuzz", *options, seconds=3600)
    images, requests, calls = found["images"], found["requests"], found["conformance"]["calls"]
    grown = "too few to tell growth" if images["growth"] is None else f"growth {images['growth'] / 1e6:+.0f} MB"
    return (
        f"{images['images']} mutated photos, outcomes {images['outcomes']}, most memory "
        f"{images['most_resident'] // 10**6} MB, {grown}; over HTTP "
        f"{requests['statuses']}; schemathesis {calls} calls, all conform; nothing broke"
    )
