"""What the proofs ask of the evaluation, and the photos it measures on."""

import json
from pathlib import Path
from typing import Any

from scripts.proofs.ledger import ROOT, SkippedError, run_command
from scripts.proofs.tree import PYTHON

DATA = ROOT.parent / "shared" / "data"


def data(folder: str) -> Path:
    """A folder of labelled photos. Raises SkippedError where it is not."""
    if not (DATA / folder).is_dir():
        raise SkippedError(f"the photos of {folder} are not on this machine")
    return DATA / folder


def evaluation(*arguments: str, seconds: float = 900) -> Any:
    """What a command of the evaluation measured, as data. It ends with status 1 where it falls short."""
    return json.loads(run_command(PYTHON, "-m", "attendance_evaluation", *arguments, "--json", seconds=seconds))
