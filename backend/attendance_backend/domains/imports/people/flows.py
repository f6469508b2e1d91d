"""Plans what files of guardians and teachers change. Nobody is removed by one, or made an administrator."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from attendance_backend.domains.identity.schemas import Caller, NewAccount, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.imports.people import policy
from attendance_backend.domains.imports.schemas import (
    GuardianRow,
    ImportCounts,
    Issue,
    Plan,
    Severity,
    Sheet,
    TeacherRow,
)
from attendance_backend.domains.imports.service import guardian_rows, strangers, teacher_rows
from attendance_backend.domains.people.schemas import MAX_GUARDIANS, Guardian, NewGuardian
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.ports.store import Transaction


@dataclass
class _Guardians:
    """What is to become of guardians, one student after the other."""

    new: list[Guardian] = field(default_factory=list)
    changes: dict[str, Mapping[str, object]] = field(default_factory=dict)
    unchanged: int = 0
    issues: list[Issue] = field(default_factory=list)

    @property
    def counts(self) -> ImportCounts:
        return ImportCounts(new=len(self.new), changed=len(self.changes), unchanged=self.unchanged)


@dataclass(frozen=True)
class ImportedPeople:
    people: PeopleService
    guardians: GuardianService
    identity: IdentityService

    async def of_guardians(self, caller: Caller, sheet: Sheet, tx: Transaction | None) -> Plan:
        """Who has care of students that there are. They get no account, as nobody does whom the office adds."""
        rows, issues = guardian_rows(sheet)
        students = await self.people.by_roll_numbers(caller, list(dict.fromkeys(row.roll_number for row in rows)), tx)
        issues += strangers(sheet, rows, students)
        kept, wanted = defaultdict[str, list[Guardian]](list), defaultdict[str, list[GuardianRow]](list)
        for guardian in await self.guardians.of_students(caller, [one.id for one in students.values()], tx):
            kept[guardian.student_id].append(guardian)
        for row in rows:
            if student := students.get(row.roll_number):
                wanted[student.id].append(row)
        planned = _Guardians()
        for student_id, theirs in wanted.items():
            self._of_student(sheet, student_id, theirs, kept[student_id], planned)

        async def write(tx: Transaction) -> None:
            await self.guardians.take_over(caller, planned.new, planned.changes, tx)

        return Plan(write, planned.counts, [*issues, *planned.issues])

    def _of_student(
        self, sheet: Sheet, student_id: str, rows: Sequence[GuardianRow], kept: Sequence[Guardian], planned: _Guardians
    ) -> None:
        known, room = policy.paired(rows, kept), MAX_GUARDIANS - len(kept)
        for row in rows:
            if found := known.get(row.line):
                if policy.keeps_address(found, row):
                    message = "They sign in by another address, which is theirs to change: it stays."
                    planned.issues.append(_warning(sheet, row.line, "EMAIL_STAYS", message))
                differs = policy.differences(found, row)
                planned.changes.update({found.id: differs} if differs else {})
                planned.unchanged += not differs
            elif room > 0:
                room -= 1
                made = NewGuardian(name=row.name, email=row.email)
                planned.new.append(self.guardians.made(student_id, made, row.external_id))
            else:
                column, message = sheet.columns["roll_number"], f"A student has at most {MAX_GUARDIANS} guardians."
                planned.issues.append(Issue(line=row.line, column=column, code="TOO_MANY_GUARDIANS", message=message))

    async def of_teachers(self, caller: Caller, sheet: Sheet, tx: Transaction | None) -> Plan:
        """Accounts of teachers. New ones have no password until they choose one by the link of a reset."""
        rows, issues = teacher_rows(sheet)
        known = await self.identity.by_emails(caller, [row.email for row in rows], tx)
        new, changes, unchanged = list[User](), dict[str, Mapping[str, object]](), 0
        for row in rows:
            user = known.get(row.email)
            if user is None:
                new.append(self.identity.made(NewAccount(email=row.email, name=row.name, role=Role.TEACHER)))
                continue
            if issue := _about(user, row, sheet):
                issues.append(issue)
            if user.role is Role.TEACHER and user.name != row.name:
                changes[user.id] = {"name": row.name}
            else:
                unchanged += user.role in {Role.TEACHER, Role.ADMINISTRATOR}

        async def write(tx: Transaction) -> None:
            await self.identity.take_over(caller, new, changes, tx)

        return Plan(write, ImportCounts(new=len(new), changed=len(changes), unchanged=unchanged), issues)


def _about(user: User, row: TeacherRow, sheet: Sheet) -> Issue | None:
    """What the office should know of somebody who has the address already."""
    if user.role not in {Role.TEACHER, Role.ADMINISTRATOR}:
        message = "A student or a guardian signs in by this address."
        return Issue(line=row.line, column=sheet.columns["email"], code="EMAIL_TAKEN", message=message)
    if not user.is_active:
        message = "The account is deactivated and stays so until the office lets them in again."
        return _warning(sheet, row.line, "DEACTIVATED_HERE", message)
    return None


def _warning(sheet: Sheet, line: int, code: str, message: str) -> Issue:
    return Issue(line=line, column=sheet.columns["email"], code=code, severity=Severity.WARNING, message=message)
