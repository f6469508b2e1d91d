"""Rounds of kill -9 of any program while eight teachers take attendance, and the recount afterwards."""

import os
import secrets

from scripts.proofs.tree import pytest

ROUNDS, TRUE_ROUNDS = (160, 40) if os.environ.get("LONG") else (40, 10)
"""With the played ML service, and with the true one."""
SECONDS = 3600.0 if os.environ.get("LONG") else 1500.0


def killed_at_any_moment() -> str:
    """Another seed each time, unless `KILL_SEED` tells one: it decides who is killed when, and who does what."""
    seed = os.environ.get("KILL_SEED") or secrets.token_hex(3)
    told = {"KILL_SEED": seed, "KILL_ROUNDS": str(ROUNDS), "KILL_TRUE_ROUNDS": str(TRUE_ROUNDS)}
    figure = pytest("tests/test_kills.py", seconds=SECONDS, env=told)
    return f"{ROUNDS} rounds with the played ML service, {TRUE_ROUNDS} with the true one, seed {seed}; {figure}"
