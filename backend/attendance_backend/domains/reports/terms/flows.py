"""A term against another as a story, from the reports of the two; and the same as a table."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.reports.downloads.policy import (
    ALL,
    STANDING,
    SUBJECT,
    report_table,
    standing_cells,
    subject_cells,
)
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.policy import standing, sums, together, weeks
from attendance_backend.domains.reports.schemas import Standing
from attendance_backend.domains.reports.terms.schemas import Compared, SubjectCompared, TermLabel, TermReport
from attendance_backend.domains.tallies.schemas import NONE, Counts, Days
from attendance_backend.domains.timetable.schemas import NamedDays
from attendance_backend.paging import PageRequest
from attendance_backend.tables import Cell, Table

COMPARED = (*STANDING, "Before %", "Change")


@dataclass(frozen=True)
class TermFlows:
    reports: ReportFlows

    async def term(self, caller: Caller, term_id: str, against_id: str | None, page: PageRequest) -> TermReport:
        """A term against another, the one before it unless one is named.

        Raises:
            NotFound: no such term.
            InvalidRequest: it is longer than a report.
        """
        about = await self.reports.about(caller, Asked(term_id=term_id))
        term = await self.reports.terms.kept(caller, term_id)
        other = await self._other(caller, term, against_id)
        found = await self.reports.tallies.by_week(caller, about.since, about.until)
        now, then = _by_subject(found), await self._counted(caller, other)
        labels = await self.reports.subject_labels(caller, now)
        rows = [{"_id": one.id, "code": one.code} for one in labels.values()]

        def shown(row: Mapping[str, Any]) -> SubjectCompared:
            compared = _compared(now[row["_id"]], then.get(row["_id"], NONE))
            return SubjectCompared(**dict(compared), subject=labels[row["_id"]])

        return TermReport(
            **dict(about),
            term=TermLabel.model_validate(term),
            against=TermLabel.model_validate(other) if other else None,
            totals=_compared(together(now.values()), together(then.values())),
            weeks=weeks(found),
            subjects=page.of(rows, shown),
        )

    async def table(self, caller: Caller, term_id: str, against_id: str | None) -> Table:
        """As the report, with all subjects, and the totals behind."""
        told = await self.term(caller, term_id, against_id, PageRequest(ALL, sort="code"))
        rows = [(*subject_cells(one.subject), *_cells(one)) for one in told.subjects.items]
        rows.append(("", "All subjects", *_cells(told.totals)))
        title = f"{told.term.name} against {told.against.name}" if told.against else told.term.name
        return report_table(f"term {told.term.name}", title, told, (*SUBJECT, *COMPARED), rows)

    async def _other(self, caller: Caller, term: NamedDays, against_id: str | None) -> NamedDays | None:
        if against_id is not None:
            return await self.reports.terms.kept(caller, against_id)
        day_before = dt.date.fromisoformat(term.first_day) - dt.timedelta(days=1)
        earlier = await self.reports.terms.between(caller, dt.date.min, day_before)
        return max(earlier, key=lambda one: one.last_day, default=None)

    async def _counted(self, caller: Caller, term: NamedDays | None) -> dict[str, Counts]:
        if term is None:
            return {}
        about = await self.reports.about(caller, Asked(term_id=term.id))
        return _by_subject(await self.reports.tallies.by_week(caller, about.since, about.until))


def _by_subject(found: list[Days]) -> dict[str, Counts]:
    return sums(found, lambda days, _: days.subject_id)


def _compared(now: Counts, then: Counts) -> Compared:
    told, before = standing(now), standing(then) if then != NONE else None
    return Compared(standing=told, before=before, change=_change(told, before))


def _change(now: Standing, before: Standing | None) -> float | None:
    if before is None or now.rate is None or before.rate is None:
        return None
    return round(now.rate - before.rate, 1)


def _cells(of: Compared) -> tuple[Cell, ...]:
    return *standing_cells(of.standing), of.before.rate if of.before else None, of.change
