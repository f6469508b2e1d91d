"""The two people who run the demo: made once, their passwords kept in a file for its owner's eyes only."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from attendance_cli.api import Api, ApiError
from attendance_cli.running import write_private

_FILE = "demo-accounts.json"


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    administrator: Account
    teacher: Account


class ForeignDatabaseError(Exception):
    """The administrator of this data folder can't sign in to the database in use."""


def demo_accounts(home: Path) -> DemoAccounts:
    """The accounts of this data folder, made up when there are none yet."""
    path = home / _FILE
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        return DemoAccounts(Account(**stored["administrator"]), Account(**stored["teacher"]))
    accounts = DemoAccounts(
        Account("administrator@demo.example", "Demo administrator", secrets.token_urlsafe(12)),
        Account("teacher@demo.example", "Demo teacher", secrets.token_urlsafe(12)),
    )
    write_private(path, json.dumps(asdict(accounts), indent=2))
    return accounts


def sign_in_or_create(api: Api, account: Account, create: Callable[[Account], object]) -> tuple[Api, bool]:
    """Sign in, after making the account by `create` if there is none; return also whether it was made now.

    Raises `ForeignDatabaseError` if there is one with another password.
    """
    try:
        return api.sign_in(account.email, account.password), False
    except ApiError as error:
        if error.code != "INVALID_CREDENTIALS":
            raise
    create(account)
    try:
        return api.sign_in(account.email, account.password), True
    except ApiError as error:
        raise ForeignDatabaseError(
            f"{account.email} exists in this database with another password than the one in the data folder's {_FILE}."
        ) from error
