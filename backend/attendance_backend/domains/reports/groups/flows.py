"""Reports by class as a story: counts from the tallies, who is in which class from people; and the same as tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.reports.downloads.policy import (
    ALL,
    OUTLOOK,
    STANDING,
    STUDENT,
    outlook_cells,
    report_table,
    standing_cells,
    student_cells,
)
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.groups.schemas import GroupReport, GroupsReport, GroupStanding
from attendance_backend.domains.reports.policy import outlook, standing, sums, together, weeks
from attendance_backend.domains.reports.schemas import StudentLabel, StudentOutlook, SubjectStanding
from attendance_backend.domains.tallies.schemas import Counts, Days
from attendance_backend.paging import PageRequest
from attendance_backend.tables import Table

NO_GROUP = "(no class)"


@dataclass(frozen=True)
class GroupFlows:
    reports: ReportFlows

    async def groups(self, caller: Caller, asked: Asked, page: PageRequest) -> GroupsReport:
        """Every class, in the subjects that the caller may touch.

        Raises:
            NotFound: no such term.
            InvalidRequest: the range is none.
        """
        about = await self.reports.about(caller, asked)
        found = await self.reports.tallies.by_week(caller, about.since, about.until)
        by_student = sums(found, lambda _, student: student)
        members: dict[str | None, list[Counts]] = defaultdict(list)
        for student, group in (await self._groups_of(caller, by_student)).items():
            members[group].append(by_student[student])
        rows = [{"_id": group or "", "group": group or "", "of": group} for group in members]

        def shown(row: Mapping[str, Any]) -> GroupStanding:
            of = members[row["of"]]
            return GroupStanding(**dict(standing(together(of))), group=row["of"], students=len(of))

        return GroupsReport(
            **dict(about),
            totals=standing(together(by_student.values())),
            weeks=weeks(found),
            groups=page.of(rows, shown),
        )

    async def group(self, caller: Caller, group: str, asked: Asked, page: PageRequest) -> GroupReport:
        """One class, in the subjects that the caller may touch; an empty report for one that nobody is in.

        Raises:
            NotFound: no such term.
            InvalidRequest: the range is none.
        """
        about = await self.reports.about(caller, asked)
        people = {one.id: one for one in await self.reports.people.in_group(caller, group)}
        all_days = await self.reports.tallies.by_week(caller, about.since, about.until)
        found = [of for days in all_days if (of := _only(days, people)).students]
        by_subject = sums(found, lambda days, _: days.subject_id)
        by_student = sums(found, lambda _, student: student)
        labels = await self.reports.subject_labels(caller, by_subject)
        rows = [{"_id": one, "roll_number": people[one].roll_number} for one in by_student]

        def shown(row: Mapping[str, Any]) -> StudentOutlook:
            one = people[row["_id"]]
            label = StudentLabel(id=one.id, roll_number=one.roll_number, name=one.name)
            return StudentOutlook(**dict(outlook(by_student[one.id], about.threshold)), student=label)

        subjects = sorted(labels.values(), key=lambda label: label.code)
        return GroupReport(
            **dict(about),
            group=group,
            totals=standing(together(by_student.values())),
            weeks=weeks(found),
            subjects=[SubjectStanding(**dict(standing(by_subject[one.id])), subject=one) for one in subjects],
            students=page.of(rows, shown),
        )

    async def groups_table(self, caller: Caller, asked: Asked) -> Table:
        """As the report, with all classes, and the totals behind."""
        told = await self.groups(caller, asked, PageRequest(ALL, sort="group"))
        rows = [(one.group or NO_GROUP, one.students, *standing_cells(one)) for one in told.groups.items]
        rows.append(("All", sum(one.students for one in told.groups.items), *standing_cells(told.totals)))
        header = ("Class", "Students", *STANDING)
        return report_table("attendance by class", "Attendance by class", told, header, rows)

    async def group_table(self, caller: Caller, group: str, asked: Asked) -> Table:
        """As the report, with all students of the class."""
        told = await self.group(caller, group, asked, PageRequest(ALL, sort="roll_number"))
        rows = [(*student_cells(one.student), *outlook_cells(one)) for one in told.students.items]
        title = f"Attendance of class {group}"
        return report_table(f"attendance class {group}", title, told, (*STUDENT, *OUTLOOK), rows)

    async def _groups_of(self, caller: Caller, student_ids: Iterable[str]) -> dict[str, str | None]:
        some = pieces(sorted(student_ids), MOST_ASKED)
        return {one.id: one.group for ids in some for one in await self.reports.people.by_ids(caller, ids)}


def _only(days: Days, people: Mapping[str, object]) -> Days:
    """What these students have of some days."""
    return replace(days, students={student: of for student, of in days.students.items() if student in people})
