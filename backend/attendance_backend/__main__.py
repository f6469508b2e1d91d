"""The backend's commands: `serve`, `admin create`, `openapi`, `errors`, `permissions`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr, ValidationError

from attendance_backend.domains.identity.schemas import SYSTEM, NewUser, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.ports.store import Transaction
from attendance_backend.reference import error_table, permission_table
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring import NAME, adapters, make_app, services
from attendance_backend.wiring.domains import ROUTES
from attendance_kit.service import run_service
from attendance_kit.settings import failures

MISUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 2 when it can't be understood or the settings are wrong."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except ValidationError as error:
        print(failures(error), file=sys.stderr)
        return MISUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attendance_backend", description="Smart Attendance: the backend")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("serve", help="serve the API").set_defaults(run=_serve)
    commands.add_parser("openapi", help="print the API's description").set_defaults(run=_openapi)
    commands.add_parser("errors", help="print the table of error codes").set_defaults(run=_errors)
    permissions = commands.add_parser("permissions", help="print the table of who may call what")
    permissions.set_defaults(run=_permissions)
    admin = commands.add_parser("admin", help="administrators").add_subparsers(required=True)
    create = admin.add_parser("create", help="make an administrator; the password is read from standard input")
    create.add_argument("--email", required=True)
    create.add_argument("--name", required=True)
    create.add_argument("--password-stdin", action="store_true", help="say so explicitly; it is read from there anyway")
    create.set_defaults(run=_create_admin)
    return parser


def _serve(_asked: argparse.Namespace) -> int:
    settings = BackendSettings()
    run_service(lambda: make_app(settings), settings, NAME, settings.tls)
    return 0


def _openapi(_asked: argparse.Namespace) -> int:
    nowhere: Any = {"mongodb_uri": "mongodb://unused", "smart_attendance_home": ".", "ml_service_api_key": "unused"}
    schema = make_app(BackendSettings(**nowhere)).openapi()
    print(json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True))
    return 0


def _errors(_asked: argparse.Namespace) -> int:
    print(error_table(), end="")
    return 0


def _permissions(_asked: argparse.Namespace) -> int:
    print(permission_table(module.router for module in ROUTES), end="")
    return 0


def _create_admin(asked: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n")
    new = NewUser(email=asked.email, name=asked.name, role=Role.ADMINISTRATOR, password=SecretStr(password))
    user, is_new = asyncio.run(_administrator(BackendSettings(), new))
    print(f"{'created' if is_new else 'exists already'}: {user.role} {user.name} <{user.email}> {user.id}")
    return 0


async def _administrator(settings: BackendSettings, new: NewUser) -> tuple[User, bool]:
    """The user of this e-mail address, and whether they were made just now."""
    async with adapters(settings) as outside:
        identity = services(outside, settings).get(IdentityService)
        if known := await identity.user_with_email(SYSTEM, new.email):
            return known, False
        password_hash = await identity.hash_password(new)

        async def create(tx: Transaction) -> User:
            return await identity.create_user(SYSTEM, new, password_hash, tx)

        return await outside.transactions.run(create), True


if __name__ == "__main__":
    sys.exit(main())
