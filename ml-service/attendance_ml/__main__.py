"""`python -m attendance_ml`: serve, and bring what serving needs. Each command imports only what it uses."""
# ruff: noqa: PLC0415  (fetching must work where the service's own parts cannot load yet, and serving needs no fetching)

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from attendance_ml.faces.models import (
    CATALOGUE,
    LIVENESS,
    Model,
    ModelMissingError,
    ModelStore,
    WrongChecksumError,
    source_folder,
)
from attendance_ml.faces.models.sources import RemoteFile
from attendance_ml.faces.models.store import FROM_VARIABLE

_HOW_TO_BRING_THEM = (
    f"Run `smart-attendance models fetch` again where it can be reached, or name a folder in {FROM_VARIABLE}."
)


def main(arguments: Sequence[str] | None = None) -> int:
    parsed = _parser().parse_args(arguments)
    status: int = parsed.run(parsed)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m attendance_ml", description="The ML service of Smart Attendance.")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="answer requests; settings come from the environment")
    serve.set_defaults(run=lambda _: _serve())
    document = commands.add_parser("openapi", help="print the service's OpenAPI document")
    document.set_defaults(run=lambda _: _openapi())
    _add_models(commands.add_parser("models", help="the networks").add_subparsers(required=True))
    _add_samples(commands.add_parser("samples", help="sample photos").add_subparsers(required=True))
    _add_faces(commands.add_parser("faces", help="what is seen on a photo").add_subparsers(required=True))
    return parser


def _add_models(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fetch = actions.add_parser("fetch", help="bring the models into the cache folder")
    fetch.add_argument("models", nargs="*", type=_model_called, metavar="NAME", help="only these")
    fetch.add_argument("--all", action="store_true", help="the optional ones too")
    fetch.set_defaults(run=lambda parsed: _fetch_models(parsed.models, every=parsed.all))
    listing = actions.add_parser("list", help="what there is, whether it is here, under which licence")
    listing.add_argument("--json", action="store_true", help="as data")
    listing.set_defaults(run=lambda parsed: _list_models(as_json=parsed.json))


def _add_samples(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    fetch = actions.add_parser("fetch", help="bring the sample photos into the cache folder")
    fetch.set_defaults(run=lambda _: _fetch_samples())
    compose = actions.add_parser("compose", help="write the demo's photos and their manifest.json")
    compose.add_argument("--out", type=Path, required=True, metavar="DIR")
    compose.set_defaults(run=lambda parsed: _compose(parsed.out))


def _add_faces(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    detect = actions.add_parser("detect", help="find the faces of a photo and judge each of them")
    detect.add_argument("photo", type=Path)
    detect.add_argument(
        "--out", type=Path, metavar="PICTURE", help="write the photo with its faces framed: .jpg or .png"
    )
    detect.add_argument("--json", action="store_true", help="as data")
    detect.set_defaults(run=lambda parsed: _detect(parsed.photo, parsed.out, as_json=parsed.json))


def _serve() -> int:
    from attendance_ml.serving.main import serve

    try:
        serve()
    except (ModelMissingError, WrongChecksumError, ValueError) as error:  # settings that are not valid are a ValueError
        _say(f"The ML service can't start: {error}", to_errors=True)
        return 1
    return 0


def _openapi() -> int:
    from attendance_ml.serving.main import openapi

    sys.stdout.write(json.dumps(openapi(), indent=2) + "\n")
    return 0


def _fetch_models(named: list[Model], *, every: bool) -> int:
    """Those of liveness are always tried and may stay away, unless they are asked for by name."""
    folder = ModelStore().folder
    if named:
        return _fetch(_files(named), folder)
    wanted = [model for model in CATALOGUE.values() if model not in LIVENESS and (every or not model.optional)]
    return _fetch(_files(wanted), folder) or _fetch_liveness(_files(LIVENESS), folder)


def _files(models: Sequence[Model]) -> list[RemoteFile]:
    first = source_folder()
    return [model.file.preferring(first) for model in models]


def _fetch_liveness(files: Sequence[RemoteFile], folder: Path) -> int:
    from attendance_ml.faces.models.fetching import ALREADY_THERE, FetchError, fetch

    try:
        origins = fetch(files, folder, console=Console(quiet=True))
    except FetchError as error:  # the first file that fails ends it: an address out of reach is waited for once
        tried = "; ".join(f"{source}: {reason}" for source, reason in error.tried)
        _say(f"Liveness stays off, its models can't be fetched ({tried}). {_HOW_TO_BRING_THEM}")
        return 0
    except OSError as error:  # an image whose folder nobody may write
        _say(f"Liveness stays off, its models can't be kept: {error}")
        return 0
    except WrongChecksumError as error:
        _say(str(error), to_errors=True)
        return 1
    for filename, origin in origins.items():
        if origin != ALREADY_THERE:
            _say(f"{folder / filename}: {origin}")
    return 0


def _fetch(files: Sequence[RemoteFile], folder: Path) -> int:
    from attendance_ml.faces.models.fetching import ALREADY_THERE, FetchError, fetch

    try:
        origins = fetch(files, folder)
    except (FetchError, WrongChecksumError, OSError) as error:  # a full disk, a folder that is not ours
        _say(str(error), to_errors=True)
        return 1
    if set(origins.values()) == {ALREADY_THERE}:
        _say(f"{folder}: all {len(origins)} files {ALREADY_THERE}")
        return 0
    for filename, origin in origins.items():
        _say(f"{folder / filename}: {origin}")
    return 0


def _list_models(*, as_json: bool) -> int:
    store = ModelStore()
    listing = [_facts(model) | {"here": store.has(model)} for model in CATALOGUE.values()]
    if as_json:
        _say(json.dumps(listing, indent=2))
        return 0
    table = Table(*(Column(name, no_wrap=name == "id") for name in listing[0]))
    for facts in listing:
        table.add_row(*map(str, facts.values()))
    Console().print(table)
    lacking = [model.id for model in LIVENESS if not store.has(model)]
    _say(f"Liveness is off: {', '.join(lacking)} not fetched. {_HOW_TO_BRING_THEM}" if lacking else "Liveness is on.")
    return 0


def _facts(model: Model) -> dict[str, str | int]:
    file = model.file
    kind: dict[str, str | int] = {"id": model.id, "task": model.task, "optional": model.optional}
    return kind | {"size": file.size, "licence": file.licence, "sha256": file.sha256}


def _model_called(name: str) -> Model:
    if name not in CATALOGUE:
        raise argparse.ArgumentTypeError(f"there is no model {name!r}, only {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def _fetch_samples() -> int:
    from attendance_ml.samples import SAMPLES, samples_folder

    return _fetch([photo.file for photo in SAMPLES.values()], samples_folder())


def _compose(folder: Path) -> int:
    from attendance_ml.samples import SampleMissingError
    from attendance_ml.samples.demo_class import write_demo_class

    try:
        manifest = write_demo_class(folder)
    except SampleMissingError as error:
        _say(str(error), to_errors=True)
        return 1
    _say(str(manifest))
    return 0


def _detect(photo: Path, out: Path | None, *, as_json: bool) -> int:
    from attendance_ml.looking import CannotLookError, look

    try:
        seen = look(photo, out)
    except (CannotLookError, ModelMissingError, WrongChecksumError) as error:
        _say(str(error), to_errors=True)
        return 1
    _say(seen.as_json() if as_json else seen.as_text())
    return 0


def _say(text: str, *, to_errors: bool = False) -> None:
    # Paths and addresses are not to be wrapped, coloured or read as markup.
    Console(stderr=to_errors).print(text, soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
