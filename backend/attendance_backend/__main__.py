"""The backend's commands, as they are typed; `attendance_backend.commands` has them."""

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError
from pymongo.errors import ConnectionFailure

from attendance_backend import collecting
from attendance_backend.commands import AREAS
from attendance_kit.errors import ServiceError
from attendance_kit.settings import failures

FAILED, MISUSED = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 2 when it can't be understood or the settings are wrong."""
    collecting.begin()
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except ValidationError as error:
        print(failures(error), file=sys.stderr)
        return MISUSED
    except ConnectionFailure as error:
        print(error, file=sys.stderr)
        return FAILED
    except ServiceError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attendance_backend", description="Smart Attendance: the backend")
    commands = parser.add_subparsers(required=True)
    for area in AREAS:
        area.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
