"""Finds where people are reached. It knows no notice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import SYSTEM, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.notices.schemas import Audience, NoticeKind, Recipient
from attendance_backend.domains.people.schemas import Guardian, Student
from attendance_backend.domains.people.service import GuardianService
from attendance_backend.paging import MAX_LIMIT, PageRequest, next_page


@dataclass(frozen=True)
class RecipientService:
    guardians: GuardianService
    identity: IdentityService

    async def families(
        self, students: Sequence[Student], kind: NoticeKind, to: Collection[Audience], today: dt.date
    ) -> Mapping[str, list[Recipient]]:
        """Who is written to about each student, by the student's id.

        Guardians are as long as the student is a minor; of an absence a minor is not, who was there or was not.
        """
        minors = [student.id for student in students if student.is_minor_on(today)]
        asked = minors if Audience.GUARDIANS in to else []
        guardians = await self.guardians.of_students(SYSTEM, asked)
        users = await self._users([*[one.user_id for one in students], *[one.user_id for one in guardians]])
        found: dict[str, list[Recipient]] = defaultdict(list)
        for guardian in guardians:
            found[guardian.student_id].append(_recipient(Audience.GUARDIANS, guardian, users))
        for student in students:
            told = kind is not NoticeKind.ABSENCE or student.id not in minors
            if Audience.STUDENT in to and told:
                found[student.id].append(_recipient(Audience.STUDENT, student, users))
        return found

    async def teachers(self, user_ids: Iterable[str]) -> Mapping[str, Recipient]:
        """Those of these users who may sign in, by id."""
        users = await self._users(user_ids)
        return {user.id: _staff(Audience.TEACHER, user) for user in users.values() if user.is_active}

    async def office(self) -> list[Recipient]:
        """The administrators."""
        found: list[User] = []
        page: PageRequest | None = PageRequest(MAX_LIMIT)
        while page:
            some = await self.identity.users(SYSTEM, None, Role.ADMINISTRATOR, page)
            found, page = [*found, *some.items], next_page(page, some)
        return [_staff(Audience.OFFICE, user) for user in found if user.is_active]

    async def _users(self, user_ids: Iterable[str | None]) -> Mapping[str, User]:
        return await self.identity.by_ids(SYSTEM, sorted({user_id for user_id in user_ids if user_id}))


def _staff(audience: Audience, user: User) -> Recipient:
    return Recipient(audience, user.id, user.name, user.email)


def _recipient(audience: Audience, person: Student | Guardian, users: Mapping[str, User]) -> Recipient:
    """Somebody with an account is reached where that is, as long as they may sign in."""
    if person.user_id is None:
        return Recipient(audience, person.id, person.name, person.email)
    user = users.get(person.user_id)
    address = user.email if user and user.is_active else None
    return Recipient(audience, person.user_id, person.name, address, other_id=person.id)
