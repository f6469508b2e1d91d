"""Plans what a file of lessons changes: the whole timetable of each subject that it names, and nothing of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.imports.lessons import policy
from attendance_backend.domains.imports.schemas import ImportCounts, Issue, LessonRow, Plan, Sheet
from attendance_backend.domains.imports.service import lesson_rows, unknown_subjects, wrong_lines
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.schemas import Entry, Timetable
from attendance_backend.domains.timetable.service import RoomService, TimetableService, clash
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class ImportedLessons:
    teaching: TeachingService
    timetables: TimetableService
    rooms: RoomService

    async def plan(self, caller: Caller, sheet: Sheet, tx: Transaction | None) -> Plan:
        """What is to be written of the file's lessons, in rooms and of subjects that there are."""
        rows, issues = lesson_rows(sheet)
        subjects = await self.teaching.by_codes(caller, list(dict.fromkeys(row.subject_code for row in rows)), tx)
        rooms = {room.name: room.id async for some in self.rooms.every(caller) for room in some}
        issues += unknown_subjects(sheet, rows, subjects)
        issues += policy.unknown_rooms(sheet, rows, rooms)
        issues += _crowded(sheet, rows)
        issues += policy.incomplete(sheet, rows, wrong_lines(issues))
        wrong = wrong_lines(issues)
        whole = policy.by_subject([row for row in rows if row.line not in wrong])
        kept = await self.timetables.of_subjects(caller, [subjects[code].id for code in whole], tx)
        counts, changed = ImportCounts(), list[Timetable]()
        for code, theirs in whole.items():
            before = kept.get(subjects[code].id) or Timetable(id=subjects[code].id, entries=[], version=0)
            entries = [_entry(row, rooms) for row in theirs]
            if set(entries) == set(before.entries):
                counts.unchanged += len(theirs)
                continue
            changed.append(before.model_copy(update={"entries": entries, "version": before.version + 1}))
            counts.changed += len(theirs) if before.entries else 0
            counts.new += 0 if before.entries else len(theirs)
            issues += policy.ending(sheet, theirs[0], before.entries, entries)

        async def write(tx: Transaction) -> None:
            await self.timetables.take_over(caller, changed, tx)

        return Plan(write, counts, issues)


def _crowded(sheet: Sheet, rows: Sequence[LessonRow]) -> list[Issue]:
    """What is wrong with subjects of too many lessons, or of two that can meet."""
    issues = list[Issue]()
    for theirs in policy.by_subject(rows).values():
        issues += policy.too_many(sheet, theirs)
        if two := clash([_entry(row) for row in theirs]):
            issues.append(policy.clashing(sheet, theirs[two[0]], theirs[two[1]]))
    return issues


def _entry(row: LessonRow, rooms: Mapping[str, str] | None = None) -> Entry:
    """The lesson as a timetable keeps it; without `rooms`, in none."""
    return Entry.of(row.entry.model_copy(update={"room_id": rooms[row.room] if rooms and row.room else None}))
