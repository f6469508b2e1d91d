"""The quality of recognition as a story: counts from the face tallies, names from teaching; and the same as a table."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.reports.downloads.policy import ALL, SUBJECT, at_once, days_of, subject_cells
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.policy import week_of
from attendance_backend.domains.reports.recognition import policy
from attendance_backend.domains.reports.recognition.schemas import (
    Grouping,
    JudgedQuality,
    Quality,
    QualityReport,
    Rate,
    SubjectQuality,
    WeekQuality,
)
from attendance_backend.domains.tallies.faces.schemas import Judged
from attendance_backend.domains.tallies.faces.service import FaceTallyService
from attendance_backend.paging import PageRequest
from attendance_backend.tables import Cell, Table

FACES = ("Sessions", "Photos", "Faces", "Named", "Confirmed", "Renamed", "Set aside", "Offered", "Strangers")
RATES = ("False %", "from", "to", "cases", "Missed %", "from", "to", "cases")
JUDGED = ("Model", "Confident", "Uncertain")


@dataclass(frozen=True)
class QualityFlows:
    reports: ReportFlows
    faces: FaceTallyService

    async def quality(self, caller: Caller, asked: Asked, subject_id: str | None, page: PageRequest) -> QualityReport:
        """How good recognition was, in the subjects that the caller may touch.

        Raises:
            NotFound: no such subject for this caller, or no such term.
            InvalidRequest: the range is none.
        """
        about = await self.reports.about(caller, asked, subject_id)
        found = policy.cells(await self.faces.between(caller, about.since, about.until, subject_id=subject_id))
        by_subject = policy.by(found, lambda cell: cell.subject_id)
        labels = await self.reports.subject_labels(caller, by_subject)
        rows = [{"_id": one.id, "code": one.code} for one in labels.values()]

        def shown(row: Mapping[str, Any]) -> SubjectQuality:
            return SubjectQuality(**dict(policy.quality(by_subject[row["_id"]])), subject=labels[row["_id"]])

        return QualityReport(
            since=about.since,
            until=about.until,
            totals=policy.quality(sum(found.values(), policy.Sum())),
            weeks=[_week(monday, of) for monday, of in sorted(policy.by(found, lambda cell: cell.monday).items())],
            judged=_judged(policy.by(found, lambda cell: cell.judged)),
            subjects=page.of(rows, shown),
            minimum_cases=policy.MIN_CASES,
            caveats=list(policy.CAVEATS),
        )

    async def table(self, caller: Caller, asked: Asked, subject_id: str | None, grouping: Grouping) -> Table:
        """As the report: a row for each subject, week or way of judging, and the totals behind."""
        told = await self.quality(caller, asked, subject_id, PageRequest(ALL, sort="code"))
        header, rows = _rows(told, grouping)
        nothing = ("",) * (len(header) - 1)
        name = f"recognition by {grouping} {days_of(told)}"
        lines = [days_of(told), *told.caveats, f"With fewer than {told.minimum_cases} cases no rate is shown."]
        full = [*rows, ("All", *nothing, *_cells(told.totals))]
        return Table(name, "Quality of recognition", lines, (*header, *FACES, *RATES), at_once(full))


def _week(monday: str, numbers: policy.Sum) -> WeekQuality:
    day = dt.date.fromisoformat(monday)
    return WeekQuality(**dict(policy.quality(numbers)), week=week_of(day), monday=day)


def _judged(found: Mapping[Judged | None, policy.Sum]) -> list[JudgedQuality]:
    ordered = sorted(found.items(), key=lambda one: repr(one[0]))
    return [JudgedQuality(**dict(policy.quality(numbers)), judged=judged) for judged, numbers in ordered]


def _rows(told: QualityReport, grouping: Grouping) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """The first columns of the table, and its rows."""
    if grouping is Grouping.SUBJECT:
        return SUBJECT, [(*subject_cells(one.subject), *_cells(one)) for one in told.subjects.items]
    if grouping is Grouping.WEEK:
        return ("Week",), [(one.week, *_cells(one)) for one in told.weeks]
    return JUDGED, [(*_judged_by(one.judged), *_cells(one)) for one in told.judged]


def _judged_by(judged: Judged | None) -> tuple[Cell, ...]:
    return (judged.model, judged.confident, judged.uncertain) if judged else ("several", None, None)


def _cells(of: Quality) -> Iterable[Cell]:
    told = of.faces
    faces = (of.sessions, told.photos, told.faces, told.named)
    confirmed = told.named_confirmed + told.offered_confirmed
    renamed = told.named_renamed + told.offered_renamed
    aside = told.named_set_aside + told.offered_set_aside
    said = (confirmed, renamed, aside, told.offered, told.strangers)
    return *faces, *said, *_rate(of.false_matches), *_rate(of.misses)


def _rate(of: Rate) -> tuple[Cell, ...]:
    return of.rate, of.low, of.high, of.cases
