"""`python -m attendance_evaluation`: one command, with status 1 where what it proves falls short."""

import argparse
import sys
from collections.abc import Sequence

from attendance_evaluation.commands import (
    accuracy,
    agreement,
    calibrate,
    compare_opencv,
    crowds,
    fuzz,
    groups,
    liveness,
    reference,
    report,
    rosters,
)

COMMANDS = (accuracy, agreement, calibrate, compare_opencv, crowds, fuzz, groups, liveness, reference, report, rosters)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it holds what it proves, 1 when not."""
    parser = argparse.ArgumentParser(prog="attendance_evaluation", description="Accuracy on labelled photos.")
    commands = parser.add_subparsers(required=True)
    for command in COMMANDS:
        command.register(commands)
    options = parser.parse_args(arguments)
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main())
