"""How a command gets its place on the command line, and the engine that it measures with."""

import argparse
import os
from collections.abc import Callable
from typing import Any, Protocol

from attendance_ml.faces import FaceEngine, load_engine
from attendance_ml.faces.models import EMBEDDERS, SFACE, YUNET, ModelStore

THREADS = os.cpu_count() or 1


class Commands(Protocol):
    """What `ArgumentParser.add_subparsers` returns, as far as it is used here."""

    def add_parser(self, name: str, **settings: Any) -> argparse.ArgumentParser:
        """The parser of the new command."""


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], bool], text: str
) -> argparse.ArgumentParser:
    """The parser of a new command; `run` gets its options and returns whether it holds what it proves."""
    added = commands.add_parser(name, help=text, description=text)
    added.set_defaults(run=run)
    return added


def add_model(command: argparse.ArgumentParser) -> None:
    """Gives a command `--model`: which of the models that make vectors it is about."""
    command.add_argument("--model", choices=EMBEDDERS, default=SFACE.id, help=f"which makes vectors ({SFACE.id})")


def measured_engine(precision: Any, model_id: str = SFACE.id) -> FaceEngine:
    """An engine on the models that are fetched, with all cores; `precision` as for `load_engine`."""
    store, embedder = ModelStore(), EMBEDDERS[model_id]
    paths = {model.name: store.path(model.name) for model in (YUNET, embedder)}
    return load_engine(paths, threads=THREADS, precision=precision, embedder=embedder)
