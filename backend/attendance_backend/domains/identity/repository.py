"""Users in MongoDB."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import EXTERNAL, MOST_ASKED, MOST_WRITTEN, batches, pieces
from attendance_backend.domains.identity.errors import EmailTaken
from attendance_backend.domains.identity.schemas import Caller, Role, User
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "users": [
        IndexModel([("email", ASCENDING)], unique=True),
        IndexModel([("role", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("external_id", ASCENDING)], unique=True, partialFilterExpression=EXTERNAL),
        IndexModel([("external_id", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "users": Kept(
        "accounts: name, e-mail address, role, hash of the password",
        SCHOOL,
        found_by=(("_id", Whose.ACCOUNT),),
        shows=(
            "_id",
            "email",
            "email_verified",
            "name",
            "role",
            "created_at",
            "signed_in_at",
            "deactivated_at",
            "external_id",
        ),
        hides=("password_hash", "held"),
    )
}


async def say_unverified(database: AsyncDatabase[RawDocument]) -> None:
    """Say of the accounts of before addresses were verified that nobody has shown theirs."""
    await database["users"].update_many({"email_verified": {"$exists": False}}, {"$set": {"email_verified": False}})


class UserRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._users = database["users"]

    def every(self, caller: Caller) -> AsyncIterator[list[User]]:
        """Every user."""
        return batches(self._users.find({}, comment=caller.label), User.from_document)

    async def add(self, caller: Caller, user: User, tx: Transaction) -> None:
        try:
            await self._users.insert_one(user.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise EmailTaken(field="email") from error

    async def by_id(self, caller: Caller, user_id: str, tx: Transaction | None = None) -> User | None:
        found = await self._users.find_one({"_id": user_id}, session=tx, comment=caller.label)
        return User.from_document(found) if found else None

    async def signed_in(self, caller: Caller, user: User, now: datetime, tx: Transaction) -> bool:
        """Keep when a user signed in; False where they have been deactivated or got another password meanwhile."""
        query = {"_id": user.id, "password_hash": user.password_hash, "deactivated_at": None}
        change = {"$set": {"signed_in_at": now}}
        done = await self._users.update_one(query, change, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def change(self, caller: Caller, user_id: str, fields: Mapping[str, object], tx: Transaction) -> bool:
        """Whether there is such a user."""
        change = {"$set": dict(fields)}
        done = await self._users.update_one({"_id": user_id}, change, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def set_email(self, caller: Caller, user_id: str, email: str, *, verified: bool, tx: Transaction) -> None:
        try:
            await self.change(caller, user_id, {"email": email, "email_verified": verified}, tx)
        except DuplicateKeyError as error:
            raise EmailTaken(field="email") from error

    async def by_email(self, caller: Caller, email: str) -> User | None:
        found = await self._users.find_one({"email": email}, comment=caller.label)
        return User.from_document(found) if found else None

    async def by_ids(self, caller: Caller, user_ids: list[str]) -> list[User]:
        found = self._users.find({"_id": {"$in": user_ids}}, comment=caller.label)
        return [User.from_document(document) async for document in found]

    async def with_one_of(
        self, caller: Caller, field: str, values: Sequence[str], tx: Transaction | None = None
    ) -> list[User]:
        """The users with one of these e-mail addresses or external ids."""
        found = []
        for some in pieces(values, MOST_ASKED):
            rows = self._users.find({field: {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [User.from_document(row) async for row in rows]
        return found

    async def external_ids(self, caller: Caller, tx: Transaction | None = None) -> set[str]:
        """What another system calls the users, each that it has named."""
        rows = self._users.find(dict(EXTERNAL), {"external_id": 1}, session=tx, comment=caller.label)
        return {row["external_id"] async for row in rows}

    async def add_many(self, caller: Caller, users: Sequence[User], tx: Transaction) -> None:
        for some in pieces(users, MOST_WRITTEN):
            await self._users.insert_many([user.to_document() for user in some], session=tx, comment=caller.label)

    async def set_many(self, caller: Caller, changes: Mapping[str, Mapping[str, object]], tx: Transaction) -> None:
        """Change fields of users, by id."""
        updates = [UpdateOne({"_id": user_id}, {"$set": dict(new)}) for user_id, new in changes.items()]
        for some in pieces(updates, MOST_WRITTEN):
            await self._users.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)

    async def hold_administrators(self, caller: Caller, tx: Transaction) -> None:
        """Write to every administrator, so that of several transactions that do so one comes after the other."""
        query = {"role": Role.ADMINISTRATOR}
        await self._users.update_many(query, {"$inc": {"held": 1}}, session=tx, comment=caller.label)

    async def another_administrator(self, caller: Caller, user_id: str, tx: Transaction) -> bool:
        """Whether another active one is there."""
        query = {"role": Role.ADMINISTRATOR, "_id": {"$ne": user_id}, "deactivated_at": None}
        return await self._users.find_one(query, session=tx, comment=caller.label) is not None

    async def page(self, caller: Caller, email: str | None, role: Role | None, page: PageRequest) -> Page[User]:
        wanted = {"email": email.lower() if email else None, "role": role}
        query = {name: value for name, value in wanted.items() if value}
        return await page.read(caller, self._users, query, User.from_document)
