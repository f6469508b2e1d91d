"""Plans what becomes of subjects, their teachers and their rosters. It ends places and takes nobody's past away."""

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.imports.oneroster.people.flows import PeoplePlan
from attendance_backend.domains.imports.oneroster.people.policy import matched
from attendance_backend.domains.imports.oneroster.policy import STUDENT, TEACHER
from attendance_backend.domains.imports.oneroster.rosters.policy import (
    Place,
    kept_as,
    span_of,
    teachers_of,
    with_told,
)
from attendance_backend.domains.imports.oneroster.schemas import (
    Archive,
    Class,
    Enrolment,
    FileIssue,
    Kind,
    Planned,
    error,
    warning,
)
from attendance_backend.domains.imports.oneroster.service import wrong_lines
from attendance_backend.domains.teaching.schemas import MAX_CODE, MAX_ROSTER, NewSubject, RosterPlace, Subject
from attendance_backend.domains.teaching.schemas import Enrolment as KeptEnrolment
from attendance_backend.domains.teaching.service import TeachingService, periods_of
from attendance_backend.ports.store import Transaction

CLASSES, ENROLMENTS = Kind.CLASSES.file, Kind.ENROLMENTS.file


@dataclass(frozen=True)
class ArchivedTeaching:
    teaching: TeachingService

    async def plan(
        self, caller: Caller, archive: Archive, who: PeoplePlan, today: dt.date, tx: Transaction | None
    ) -> tuple[Planned, Planned]:
        """What is to be written of subjects and of rosters, looked up and nothing kept."""
        external = {str(subject.external_id): subject for subject in await self.teaching.external(caller, tx)}
        subjects, of_class, changes, new = await self._subjects(caller, archive, external, tx)
        rosters = Planned()
        kept = await self.teaching.places(caller, [subject.id for subject in external.values()], tx)

        def compared() -> None:
            told = _told(archive, of_class, who, rosters)
            _plan_teachers(archive, told, of_class, who, today, subjects, changes, new)
            self._plan_places(caller, archive, told, kept, today, rosters)

        # Fifty thousand enrolments take seconds: not the loop's, on which everybody waits.
        await asyncio.to_thread(compared)
        subjects.counts.new, subjects.counts.changed = len(new), len(changes)
        there = {one.id for one in archive.classes if one.id in of_class}
        subjects.counts.unchanged = max(0, len(there) - len(new) - len(changes))

        async def write(tx: Transaction) -> None:
            await self.teaching.take_over(caller, list(new.values()), changes, tx)

        subjects.writes.append(write)
        return subjects, rosters

    async def _subjects(
        self, caller: Caller, archive: Archive, external: Mapping[str, Subject], tx: Transaction | None
    ) -> tuple[Planned, dict[str, Subject], dict[str, dict[str, object]], dict[str, Subject]]:
        """The plan, the subject of each class, and the changes and new subjects by their ids."""
        planned, of_class = Planned(), dict(external)
        changes, new = dict[str, dict[str, object]](), dict[str, Subject]()
        codes = Counter(one.code for one in archive.classes)
        wanted = [code for one in archive.classes for code in (one.code, one.id) if code]
        by_code = await self.teaching.by_codes(caller, list(dict.fromkeys(wanted)), tx)
        planned.issues += _unknown_references(archive)
        refused = {line for _, line in wrong_lines(planned.issues)}
        for one in archive.classes:
            if one.line in refused:
                continue
            code = one.code if one.code and codes[one.code] == 1 and len(one.code) <= MAX_CODE else one.id
            found, is_taken = matched(one.id, code, external, by_code)
            if found is None and is_taken and code != one.id:
                found, is_taken = matched(one.id, one.id, external, by_code)
                code = one.id
            if found is None and one.deleted:
                continue
            if found is None and (is_taken or len(code) > MAX_CODE):
                message = f"There is no free code of at most {MAX_CODE} characters in classCode or sourcedId."
                planned.issues.append(error(CLASSES, one.line, "classCode", "NO_CODE", message))
                continue
            if found is None:
                made = self.teaching.made(NewSubject(code=code, name=_name(one, archive)), one.id)
                of_class[one.id] = new[made.id] = made
            else:
                of_class[one.id] = found
                if differs := _differences(found, one, archive):
                    changes[found.id] = differs
                    planned.counts.ended += "archived" in differs
                elif found.archived and not one.deleted:
                    message = "The subject is archived here and stays so until the office takes it back."
                    planned.issues.append(warning(CLASSES, one.line, None, "ARCHIVED_HERE", message))
        if archive.has_all(Kind.CLASSES):
            told = {one.id for one in archive.classes}
            planned.counts.left_alone = sum(not one.archived for key, one in external.items() if key not in told)
        return planned, of_class, changes, new

    def _plan_places(
        self,
        caller: Caller,
        archive: Archive,
        told: "_Told",
        kept: Sequence[RosterPlace],
        today: dt.date,
        planned: Planned,
    ) -> None:
        before = {(place.subject_id, place.student_id): place for place in kept}
        gone = _gone(archive, told, kept, is_whole=not wrong_lines(planned.issues))
        new, changed = list[RosterPlace](), list[RosterPlace]()
        counts = planned.counts
        for place in dict.fromkeys([*told.learning, *gone]):
            enrolments = [one for one, _ in told.learning.get(place, ())]
            if place not in before:
                new.append(self.teaching.place(caller, *place, periods_of(enrolments), enrolments))
                continue
            after = with_told(before[place], enrolments, gone.get(place, ()), today)
            if after is before[place]:
                counts.unchanged += 1
                continue
            changed.append(after)
            counts.ended += bool(gone.get(place))
        counts.new, counts.changed = len(new), len(changed) - counts.ended
        mentioned = {*told.learning, *gone}
        counts.left_alone = sum(place not in mentioned for place in before) if archive.has_all(Kind.ENROLMENTS) else 0
        new = _without_the_overfull(new, kept, told, planned)

        async def write(tx: Transaction) -> None:
            await self.teaching.take_over_places(caller, new, changed, tx)

        planned.writes.append(write)


@dataclass
class _Told:
    """What the enrolments say: of each place on a roster with their lines, of each subject's teachers, and who left."""

    learning: defaultdict[Place, list[tuple[KeptEnrolment, int]]]
    teaching: defaultdict[str, list[tuple[str, Enrolment]]]
    deleted: set[str]


def _told(archive: Archive, of_class: Mapping[str, Subject], who: PeoplePlan, planned: Planned) -> _Told:
    told = _Told(defaultdict(list), defaultdict(list), set())
    classes = {one.id: one for one in archive.classes}
    sessions = {one.id: one for one in archive.sessions if not one.deleted}
    spans = {class_id: span_of(classes.get(class_id), sessions) for class_id in of_class}
    known = {STUDENT: who.student_ids, TEACHER: who.teacher_ids}
    others = Counter(one.role for one in archive.enrolments if one.role not in known and not one.deleted)
    told.deleted.update(one.id for one in archive.enrolments if one.deleted)
    for one in archive.enrolments:
        theirs = known.get(one.role, {})
        if one.role in known and (wrong := _wrong_reference(one, of_class, theirs)):
            is_known = one.deleted or (one.role == TEACHER and one.user_id in who.left)
            planned.issues += [] if is_known else [wrong]
        elif one.role == TEACHER:
            told.teaching[of_class[one.class_id].id].append((theirs[one.user_id], one))
        elif one.role == STUDENT and not one.deleted:
            place = (of_class[one.class_id].id, theirs[one.user_id])
            told.learning[place].append((kept_as(one, spans[one.class_id]), one.line))
    for role, rows in others.items():
        message = f"{rows} enrolments have a role that is neither student nor teacher: left out."
        line = next(one.line for one in archive.enrolments if one.role == role)
        planned.issues.append(warning(ENROLMENTS, line, "role", "ROLE_NOT_USED", message))
    return told


def _wrong_reference(one: Enrolment, of_class: Mapping[str, Subject], known: Mapping[str, str]) -> FileIssue | None:
    if one.class_id not in of_class:
        message = "There is no such class that can be imported."
        return error(ENROLMENTS, one.line, "classSourcedId", "UNKNOWN_CLASS", message)
    if one.user_id not in known:
        message = f"There is no such user who is a {one.role} and can be imported."
        return error(ENROLMENTS, one.line, "userSourcedId", "UNKNOWN_USER", message)
    return None


def _gone(archive: Archive, told: _Told, kept: Sequence[RosterPlace], *, is_whole: bool) -> dict[Place, list[str]]:
    """The enrolments that end today, by place: those the archive deletes, and of a bulk file those not in it.

    A bulk file of which rows were refused is not whole: what is not in it may be in those.
    """
    there = {one.id for one in archive.enrolments}
    lacks = archive.has_all(Kind.ENROLMENTS) and is_whole
    refused = any(issue.file == ENROLMENTS for issue in archive.issues)
    gone = defaultdict[Place, list[str]](list)
    for place in kept:
        for one in place.enrolments:
            if one.external_id in told.deleted or (lacks and not refused and one.external_id not in there):
                gone[place.subject_id, place.student_id].append(one.external_id)
    return gone


def _plan_teachers(
    archive: Archive,
    told: _Told,
    of_class: Mapping[str, Subject],
    who: PeoplePlan,
    today: dt.date,
    planned: Planned,
    changes: dict[str, dict[str, object]],
    new: dict[str, Subject],
) -> None:
    lines = {of_class[one.id].id: one.line for one in archive.classes if one.id in of_class}
    theirs = set(who.teacher_ids.values())
    for subject in {one.id: one for one in of_class.values()}.values():
        teachers, others = teachers_of(subject.teacher_ids, told.teaching.get(subject.id, ()), today)
        if subject.id in new:
            new[subject.id] = subject.model_copy(update={"teacher_ids": teachers})
        elif teachers != subject.teacher_ids:
            changes.setdefault(subject.id, {})["teacher_ids"] = teachers
        if archive.has_all(Kind.ENROLMENTS) and subject.id in lines and theirs.intersection(others):
            message = "Somebody teaches this class here whom the archive does not name: left as it is."
            planned.issues.append(warning(CLASSES, lines[subject.id], None, "TEACHER_NOT_IN_FILE", message))


def _without_the_overfull(
    new: Sequence[RosterPlace], kept: Sequence[RosterPlace], told: _Told, planned: Planned
) -> list[RosterPlace]:
    """The new places for which their roster has room."""
    sizes, fitting = Counter(place.subject_id for place in kept), list[RosterPlace]()
    for place in new:
        sizes[place.subject_id] += 1
        if sizes[place.subject_id] <= MAX_ROSTER:
            fitting.append(place)
            continue
        _, line = told.learning[place.subject_id, place.student_id][0]
        message = f"A roster has at most {MAX_ROSTER} students."
        planned.issues.append(error(ENROLMENTS, line, "classSourcedId", "ROSTER_FULL", message))
    return fitting


def _unknown_references(archive: Archive) -> list[FileIssue]:
    issues = list[FileIssue]()
    sessions = {one.id for one in archive.sessions}
    for one in archive.classes:
        if archive.has_all(Kind.COURSES) and one.course_id and one.course_id not in archive.courses:
            message = "There is no such course in courses.csv."
            issues.append(error(CLASSES, one.line, "courseSourcedId", "UNKNOWN_COURSE", message))
        if archive.has_all(Kind.SESSIONS) and not sessions.issuperset(one.term_ids):
            message = "One of these sessions is not in academicSessions.csv."
            issues.append(error(CLASSES, one.line, "termSourcedIds", "UNKNOWN_SESSION", message))
    return issues


def _name(one: Class, archive: Archive) -> str:
    course = archive.courses.get(one.course_id)
    return one.title or (course.title if course else "") or one.id


def _differences(kept: Subject, one: Class, archive: Archive) -> dict[str, object]:
    """The fields that change. Its code stays: people may have given it another."""
    if one.deleted:
        return {} if kept.archived else {"archived": True}
    told = {"external_id": one.id, "name": _name(one, archive)}
    return {name: value for name, value in told.items() if getattr(kept, name) != value}
