"""What becomes of a photo while the ML service fails in every way it can, and of the breaker that leaves it alone."""

from scripts.proofs.ledger import NotMetError
from scripts.proofs.tree import noted, pytest

FAULTS = "backend/tests/domains/attendance/test_flows_faults.py"
TOLD_SECONDS = 5.0
"""01-product: until then a teacher knows whether a photo is recognised or will be."""


def breaker_against_its_model() -> str:
    return pytest("backend/tests/adapters/test_breaker.py")


def photos_under_faults() -> str:
    """A table: each fault, what the teacher was told and after how long, and what became of the photo afterwards."""
    told = noted(FAULTS)
    rows = [f"{each['fault']:<24} {each['told']:<24} {float(each['seconds']):4.1f} s   {each['then']}" for each in told]
    slowest = max(float(each["seconds"]) for each in told)
    figure = "\n".join([f"{len(told)} faults, told in {slowest:.1f} s at most", *(f"       {row}" for row in rows)])
    if slowest > TOLD_SECONDS:
        raise NotMetError(figure)
    return figure
