"""Users in MongoDB."""

from collections.abc import Mapping
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.errors import EmailTaken
from attendance_backend.domains.identity.schemas import Caller, Role, User
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "users": [
        IndexModel([("email", ASCENDING)], unique=True),
        IndexModel([("role", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "users": Kept(
        "accounts: name, e-mail address, role, hash of the password",
        SCHOOL,
        found_by=(("_id", Whose.ACCOUNT),),
        shows=("_id", "email", "name", "role", "created_at", "signed_in_at", "deactivated_at"),
        hides=("password_hash", "held"),
    )
}


class UserRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._users = database["users"]

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

    async def by_email(self, caller: Caller, email: str) -> User | None:
        found = await self._users.find_one({"email": email}, comment=caller.label)
        return User.from_document(found) if found else None

    async def by_ids(self, caller: Caller, user_ids: list[str]) -> list[User]:
        found = self._users.find({"_id": {"$in": user_ids}}, comment=caller.label)
        return [User.from_document(document) async for document in found]

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
