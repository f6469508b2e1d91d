"""Accounts and browsers of a whole school, written into its database: by the API each costs two slow hashes, which
would take longer than what is measured. What they are made of is the backend's own.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pwdlib.hashers.argon2 import Argon2Hasher
from pymongo import MongoClient, UpdateOne

from attendance_backend.adapters.passwords import LANES, MEMORY_KIB, PASSES
from attendance_backend.documents import new_id
from attendance_backend.domains.identity.schemas import Role, User
from attendance_backend.domains.sign_ins.policy import BROWSER_LIFETIME
from attendance_backend.domains.sign_ins.schemas import KeptSignIn, SignInKind
from attendance_bench.school.plan import PASSWORD, Player

DATABASE = "smart_attendance"
AT_ONCE = 500


class Accounts:
    """Writes accounts, all with one password, and signs each in in a browser."""

    def __init__(self, uri: str) -> None:
        self._database = MongoClient[Any](uri, tz_aware=True)[DATABASE]
        hasher = Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._password_hash = hasher.hash(PASSWORD)

    def of_students(self, student_ids: Sequence[str]) -> list[Player]:
        """An account for each, linked with the student."""
        users = [self._user(f"student-{number:04}@school.example", Role.STUDENT) for number in range(len(student_ids))]
        cookies = self._write(users)
        links = [
            UpdateOne({"_id": student}, {"$set": {"user_id": user.id}})
            for student, user in zip(student_ids, users, strict=True)
        ]
        for start in range(0, len(links), AT_ONCE):
            self._database["students"].bulk_write(links[start : start + AT_ONCE], ordered=False)
        return [
            Player(user.email, cookie, own=student)
            for user, cookie, student in zip(users, cookies, student_ids, strict=True)
        ]

    def of_teachers(self, count: int) -> tuple[list[str], list[Player]]:
        """Their ids, and they themselves."""
        users = [self._user(f"teacher-{number:03}@school.example", Role.TEACHER) for number in range(count)]
        players = [Player(user.email, cookie) for user, cookie in zip(users, self._write(users), strict=True)]
        return [user.id for user in users], players

    def browser_of(self, email: str) -> Player:
        """Somebody who has an account already, signed in in a browser too."""
        found = User.from_document(self._database["users"].find_one({"email": email}) or {})
        return Player(email, self._signed_in([found])[0])

    def _user(self, email: str, role: Role) -> User:
        return User(
            id=new_id(),
            email=email,
            email_verified=True,
            name=email.partition("@")[0],
            role=role,
            password_hash=self._password_hash,
            created_at=datetime.now(UTC),
        )

    def _write(self, users: Sequence[User]) -> list[str]:
        for start in range(0, len(users), AT_ONCE):
            self._database["users"].insert_many([user.to_document() for user in users[start : start + AT_ONCE]])
        return self._signed_in(users)

    def _signed_in(self, users: Sequence[User]) -> list[str]:
        """Their cookies."""
        cookies = [secrets.token_urlsafe(32) for _ in users]
        signed_in = [_sign_in(user, cookie).to_document() for user, cookie in zip(users, cookies, strict=True)]
        for start in range(0, len(signed_in), AT_ONCE):
            self._database["sign_ins"].insert_many(signed_in[start : start + AT_ONCE])
        return cookies


def _sign_in(user: User, cookie: str) -> KeptSignIn:
    now = datetime.now(UTC)
    return KeptSignIn(
        id=new_id(),
        user_id=user.id,
        role=user.role,
        kind=SignInKind.BROWSER,
        device="a browser of the measurement",
        token_digest=hashlib.sha256(cookie.encode()).hexdigest(),
        turn=None,
        created_at=now,
        expires_at=now + BROWSER_LIFETIME,
    )
