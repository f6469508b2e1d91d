"""`admin create`: the first administrator, and any other, made on the server and never over the network."""

import argparse
import sys

from pydantic import SecretStr

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.identity.schemas import SYSTEM, NewUser, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.provide import Services


def add_to(commands: Commands) -> None:
    admin = commands.add_parser("admin", help="administrators").add_subparsers(required=True)
    create = admin.add_parser("create", help="make an administrator; the password is read from standard input")
    create.add_argument("--email", required=True)
    create.add_argument("--name", required=True)
    create.add_argument("--password-stdin", action="store_true", help="say so explicitly; it is read from there anyway")
    create.set_defaults(run=_create)


def _create(asked: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n")
    new = NewUser(email=asked.email, name=asked.name, role=Role.ADMINISTRATOR, password=SecretStr(password))

    async def work(made: Services, transactions: Transactions) -> tuple[User, bool]:
        return await _administrator(made.get(IdentityService), transactions, new)

    user, is_new = run_inside(work)
    print(f"{'created' if is_new else 'exists already'}: {user.role} {user.name} <{user.email}> {user.id}")
    return 0


async def _administrator(identity: IdentityService, transactions: Transactions, new: NewUser) -> tuple[User, bool]:
    """The user of this e-mail address, and whether they were made just now."""
    if known := await identity.user_with_email(SYSTEM, new.email):
        return known, False
    password_hash = await identity.hash_password(new.password, new.email, new.name)

    async def create(tx: Transaction) -> User:
        return await identity.create_user(SYSTEM, new, password_hash, tx)

    return await transactions.run(create), True
