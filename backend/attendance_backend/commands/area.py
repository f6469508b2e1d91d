"""What an area's module gets, to make its commands known."""

import argparse
from typing import Protocol


class Commands(Protocol):
    """The commands of the program, or those below one of them."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002  # argparse's own name
        """One more command."""
