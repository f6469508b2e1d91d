"""`serve` and `work`, and what is told of the API without serving it: `openapi`, `errors`, `permissions`, `kept`."""

import argparse
import asyncio
import json
from typing import Any

from attendance_backend.commands.area import Commands
from attendance_backend.reference import error_table, kept_table, permission_table
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import NAME, WORKER, check_installation, make_app, make_worker
from attendance_backend.wiring.domains import KEPT, ROUTES
from attendance_kit.service import run_service


def add_to(commands: Commands) -> None:
    commands.add_parser("serve", help="serve the API").set_defaults(run=_serve)
    work = commands.add_parser("work", help="work off the queues and do the jobs, beside any number of others that do")
    work.set_defaults(run=_work)
    commands.add_parser("openapi", help="print the API's description").set_defaults(run=_openapi)
    commands.add_parser("errors", help="print the table of error codes").set_defaults(run=_errors)
    permissions = commands.add_parser("permissions", help="print the table of who may call what")
    permissions.set_defaults(run=_permissions)
    commands.add_parser("kept", help="print the table of what is kept, and how long").set_defaults(run=_kept)


def _serve(_asked: argparse.Namespace) -> int:
    settings = BackendSettings()
    _check(settings)
    run_service(lambda: make_app(settings), settings, NAME, settings.tls)
    return 0


def _work(_asked: argparse.Namespace) -> int:
    settings = BackendSettings()
    _check(settings)
    run_service(lambda: make_worker(settings), settings, WORKER, settings.tls)
    return 0


def _check(settings: BackendSettings) -> None:
    """Not only when the application starts: what it can't start on is told in a sentence, and with a status."""
    asyncio.run(check_installation(settings))


def _openapi(_asked: argparse.Namespace) -> int:
    nowhere: Any = {"mongodb_uri": "mongodb://unused", "smart_attendance_home": ".", "ml_service_api_key": "unused"}
    schema = make_app(BackendSettings(**nowhere)).openapi()
    print(json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True))
    return 0


def _errors(_asked: argparse.Namespace) -> int:
    print(error_table(), end="")
    return 0


def _permissions(_asked: argparse.Namespace) -> int:
    print(permission_table(module.router for module in ROUTES), end="")
    return 0


def _kept(_asked: argparse.Namespace) -> int:
    print(kept_table(KEPT), end="")
    return 0
