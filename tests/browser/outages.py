"""Takes a program of the product away from under the pages, and brings it back."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from product import Stack

from attendance_cli.supervision import Program


@contextmanager
def away(stack: Stack, program: Program) -> Iterator[None]:
    """The program is killed now, and started again afterwards."""
    stack.kill(program)
    try:
        yield
    finally:
        stack.restart(program)


@contextmanager
def standing_still(stack: Stack, program: Program) -> Iterator[None]:
    """Whatever the program is asked meanwhile, it answers afterwards."""
    os.kill(stack.supervisor.pids[program.name], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(stack.supervisor.pids[program.name], signal.SIGCONT)
