"""`python -m attendance_ml`: serve, and bring what serving needs. Each command imports only what it uses."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from attendance_ml.faces.models import CATALOGUE, ModelStore, WrongChecksumError


def main(arguments: Sequence[str] | None = None) -> int:
    parsed = _parser().parse_args(arguments)
    command: str = parsed.command
    match command, getattr(parsed, "action", None):
        case "serve", _:
            return _serve()
        case "models", "fetch":
            return _fetch_models()
        case _:
            return _list_models()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m attendance_ml", description="The ML service of Smart Attendance.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests; settings come from the environment")
    models = commands.add_parser("models", help="the networks").add_subparsers(dest="action", required=True)
    models.add_parser("fetch", help="bring the models into the cache folder")
    models.add_parser("list", help="what there is, where it lies, under which licence")
    return parser


def _serve() -> int:
    from attendance_ml.serving.main import serve  # noqa: PLC0415  fetching must work before serving's parts can load

    serve()
    return 0


def _fetch_models() -> int:
    from attendance_ml.faces.models.fetching import FetchError, fetch  # noqa: PLC0415  serving does not need it

    store = ModelStore()
    try:
        origins = fetch([model.file for model in CATALOGUE.values()], store.folder)
    except (FetchError, WrongChecksumError) as error:
        _say(str(error), to_errors=True)
        return 1
    for filename, origin in origins.items():
        _say(f"{store.folder / filename}: {origin}")
    return 0


def _list_models() -> int:
    store = ModelStore()
    absent = store.missing()
    table = Table("model", "task", "bytes", "licence", "here", "sha256")
    for model in CATALOGUE.values():
        here = "no" if model in absent else "yes"
        table.add_row(model.id, model.task, f"{model.file.size:,}", model.file.licence, here, model.file.sha256)
    Console().print(table)
    return 0


def _say(text: str, *, to_errors: bool = False) -> None:
    # Paths and addresses are not to be wrapped, coloured or read as markup.
    Console(stderr=to_errors).print(text, soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
