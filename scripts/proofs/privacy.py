"""What the register promises of privacy: nothing is left of an erased face, no byte of the log changes unseen."""

from scripts.proofs.tree import pytest


def erased_without_a_trace() -> str:
    privacy = ("backend/tests/domains/privacy/test_erasure.py", "backend/tests/domains/privacy/test_kept.py")
    return pytest(*privacy, "backend/tests/adapters/test_keys.py", "tests/e2e/test_erasure.py")


def audit_chain() -> str:
    return pytest("backend/tests/domains/audit/test_flows.py")
