"""Users, and the browsers in which they are signed in, in MongoDB."""

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.errors import EmailTaken
from attendance_backend.domains.identity.schemas import BrowserSignIn, Caller, User
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "users": [IndexModel([("email", ASCENDING)], unique=True)],
    "sign_ins": [
        IndexModel([("token_digest", ASCENDING)], unique=True),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ],
}


class UserRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._users = database["users"]

    async def add(self, caller: Caller, user: User, tx: Transaction) -> None:
        try:
            await self._users.insert_one(user.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise EmailTaken(field="email") from error

    async def by_id(self, caller: Caller, user_id: str) -> User | None:
        found = await self._users.find_one({"_id": user_id}, comment=caller.label)
        return User.from_document(found) if found else None

    async def by_email(self, caller: Caller, email: str) -> User | None:
        found = await self._users.find_one({"email": email}, comment=caller.label)
        return User.from_document(found) if found else None

    async def by_ids(self, caller: Caller, user_ids: list[str]) -> list[User]:
        found = self._users.find({"_id": {"$in": user_ids}}, comment=caller.label)
        return [User.from_document(document) async for document in found]

    async def page(self, caller: Caller, email: str | None, page: PageRequest) -> Page[User]:
        query = page.narrow({"email": email.lower()} if email else {})
        rows = await self._users.find(query, comment=caller.label).sort(page.order).limit(page.fetch).to_list()
        return page.cut(rows, User.from_document)


class SignInRepository:
    """The database forgets what is over by itself, though only some minutes later."""

    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._sign_ins = database["sign_ins"]

    async def add(self, caller: Caller, sign_in: BrowserSignIn) -> None:
        await self._sign_ins.insert_one(sign_in.to_document(), comment=caller.label)

    async def by_digest(self, caller: Caller, token_digest: str) -> BrowserSignIn | None:
        found = await self._sign_ins.find_one({"token_digest": token_digest}, comment=caller.label)
        return BrowserSignIn.from_document(found) if found else None

    async def remove(self, caller: Caller, token_digest: str) -> None:
        await self._sign_ins.delete_one({"token_digest": token_digest}, comment=caller.label)
