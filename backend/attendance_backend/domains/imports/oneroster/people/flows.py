"""Plans what becomes of students, teachers and guardians. It makes nobody an administrator, and removes nobody."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import Caller, NewAccount, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.imports.oneroster.people.policy import Cast, cast, differences, guardian_of, matched
from attendance_backend.domains.imports.oneroster.schemas import (
    Archive,
    Kind,
    Planned,
    Somebody,
    error,
    warning,
)
from attendance_backend.domains.people.schemas import MAX_GUARDIANS, Guardian, NewGuardian, NewStudent, Student
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.ports.store import Transaction

USERS = Kind.USERS.file


@dataclass(frozen=True)
class PeoplePlan:
    """What is planned of people, and who they are here by their ids in the archive. `left` were left out on purpose."""

    students: Planned
    teachers: Planned
    guardians: Planned
    student_ids: Mapping[str, str]
    teacher_ids: Mapping[str, str]
    archived: Sequence[str]
    left: frozenset[str]


@dataclass(frozen=True)
class ArchivedPeople:
    people: PeopleService
    guardians: GuardianService
    identity: IdentityService

    async def plan(self, caller: Caller, archive: Archive, tx: Transaction | None) -> PeoplePlan:
        """What is to be written of the archive's people, looked up and nothing kept."""
        ids = list(dict.fromkeys([*(one.id for one in archive.people), *(one.user_id for one in archive.enrolments)]))
        students = await self.people.by_external_ids(caller, ids, tx)
        users = await self.identity.by_external_ids(caller, ids, tx)
        roles = cast(archive, students.keys(), users.keys())
        learning, student_of = await self._students(caller, archive, roles, students, tx)
        teaching, user_of, without = await self._teachers(caller, archive, roles, users, tx)
        caring = await self._guardians(caller, roles, student_of, tx)
        learning.issues += roles.issues
        return PeoplePlan(
            students=learning,
            teachers=teaching,
            guardians=caring,
            student_ids={external: student.id for external, student in student_of.items()},
            teacher_ids=user_of,
            archived=[who.id for one in roles.gone if (who := student_of.get(one.id)) and not who.archived],
            left=frozenset([*without, *roles.left]),
        )

    async def _students(
        self, caller: Caller, archive: Archive, roles: Cast, known: Mapping[str, Student], tx: Transaction | None
    ) -> tuple[Planned, dict[str, Student]]:
        planned, who = Planned(), dict(known)
        numbers = Counter(one.roll_number for one in roles.students)
        by_number = await self.people.by_roll_numbers(caller, list(numbers), tx)
        new, changes = list[Student](), dict[str, Mapping[str, object]]()
        for one in roles.students:
            found, is_taken = matched(one.id, one.roll_number, known, by_number)
            if is_taken or numbers[one.roll_number] > 1:
                message = "Another student has this number, which is the identifier or else the username."
                planned.issues.append(error(USERS, one.line, "identifier", "ROLL_NUMBER_TAKEN", message))
                who.pop(one.id, None)
                continue
            if found is None:
                who[one.id] = self.people.made(_new_student(one))
                new.append(who[one.id])
                continue
            who[one.id] = found
            if differs := differences(found, one, ("name", "roll_number", "email")):
                changes[found.id] = differs
            if found.archived:
                message = "The student is archived here and stays so until the office restores them."
                planned.issues.append(warning(USERS, one.line, None, "ARCHIVED_HERE", message))
        counts = planned.counts
        counts.new, counts.changed, counts.unchanged = len(new), len(changes), len(who) - len(new) - len(changes)
        if archive.has_all(Kind.USERS):
            told = {one.id for one in archive.people}
            counts.left_alone = len(await self.people.external_ids(caller, tx) - told)

        async def write(tx: Transaction) -> None:
            await self.people.take_over(caller, new, changes, tx)

        planned.writes.append(write)
        return planned, who

    async def _teachers(
        self, caller: Caller, archive: Archive, roles: Cast, known: Mapping[str, User], tx: Transaction | None
    ) -> tuple[Planned, dict[str, str], list[str]]:
        """The plan, the teachers' ids by their ids in the archive, and who was left out."""
        planned, who, left = Planned(), {external: user.id for external, user in known.items()}, list[str]()
        emails = Counter(one.email for one in roles.teachers if one.email)
        by_email = await self.identity.by_emails(caller, list(emails), tx)
        new, changes, unchanged = list[User](), dict[str, Mapping[str, object]](), 0
        for one in roles.teachers:
            found, is_taken = matched(one.id, one.email or "", known, by_email)
            if (
                is_taken
                or emails[one.email or ""] > 1
                or (found and found.role not in {Role.TEACHER, Role.ADMINISTRATOR})
            ):
                message = "Somebody else signs in by this address."
                planned.issues.append(error(USERS, one.line, "email", "EMAIL_TAKEN", message))
                who.pop(one.id, None)
            elif found:
                who[one.id] = found.id
                fields = ("name", "email") if found.role is Role.TEACHER else ()
                differs = differences(found, one, fields)
                typed = {"email_verified": False} if "email" in differs else {}
                changes.update({found.id: {**differs, **typed}} if differs else {})
                unchanged += not differs
            elif one.email is None or not one.enabled:
                column, code = ("email", "NO_EMAIL") if one.email is None else ("enabledUser", "NOT_ENABLED")
                message = "A teacher signs in by an e-mail address and has to be enabled: left out."
                planned.issues.append(warning(USERS, one.line, column, code, message))
                left.append(one.id)
            else:
                made = self.identity.made(NewAccount(email=one.email, name=one.name, role=Role.TEACHER), one.id)
                new.append(made)
                who[one.id] = made.id
        counts = planned.counts
        counts.new, counts.changed, counts.unchanged = len(new), len(changes), unchanged
        if archive.has_all(Kind.USERS):
            counts.left_alone = len(await self.identity.external_ids(caller, tx) - {one.id for one in archive.people})

        async def write(tx: Transaction) -> None:
            await self.identity.take_over(caller, new, changes, tx)

        planned.writes.append(write)
        return planned, who, left

    async def _guardians(
        self, caller: Caller, roles: Cast, student_of: Mapping[str, Student], tx: Transaction | None
    ) -> Planned:
        planned = Planned()
        wanted = {student: theirs for student, theirs in roles.guardians.items() if student in student_of}
        kept = defaultdict[str, list[Guardian]](list)
        for guardian in await self.guardians.of_students(caller, [student_of[one].id for one in wanted], tx):
            kept[guardian.student_id].append(guardian)
        new, changes, unchanged = list[Guardian](), dict[str, Mapping[str, object]](), 0
        for external, theirs in wanted.items():
            student = student_of[external]
            before = kept[student.id]
            added = list[Guardian]()
            for one in theirs:
                if found := guardian_of(one, before):
                    # The address by which somebody signs in is their own to change.
                    differs = differences(found, one, ("name",) if found.user_id else ("name", "email"))
                    changes.update({found.id: differs} if differs else {})
                    unchanged += not differs
                else:
                    made = NewGuardian(name=one.name, email=one.email)
                    added.append(self.guardians.made(student.id, made, one.id))
            if len(before) + len(added) > MAX_GUARDIANS:
                message = f"A student has at most {MAX_GUARDIANS} guardians."
                planned.issues.append(error(USERS, theirs[0].line, None, "TOO_MANY_GUARDIANS", message))
            else:
                new += added
        counts = planned.counts
        counts.new, counts.changed, counts.unchanged = len(new), len(changes), unchanged

        async def write(tx: Transaction) -> None:
            await self.guardians.take_over(caller, new, changes, tx)

        planned.writes.append(write)
        return planned


def _new_student(one: Somebody) -> NewStudent:
    """A student of whom nobody has said how old they are counts as a minor: their guardian consents."""
    return NewStudent(roll_number=one.roll_number, name=one.name, email=one.email, external_id=one.id, is_minor=True)
