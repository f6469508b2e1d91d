"""Takes the term through the API as a school would, by its timetable and bulk calls, and goes on where it stopped."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from attendance_bench.term.founding import Founding
from attendance_bench.term.plan import FIRST_DAY, LAST_DAY, LESSON, Lesson, Term
from attendance_bench.term.speaking import Kept, Speaker, Taken, teacher_account
from attendance_cli.accounts import Account

THREADS = 4
"""Teachers who work at the same time."""
OPENED_AT_ONCE, PLANNED_AT_ONCE = 100, 60
"""Sessions, and days."""
WRITTEN_AFTER = 20
"""Lessons."""
REASON = "seen on the way out"
MARKS = {"left early": "present"}
Key = tuple[str, str, int]


def planned(speaker: Speaker) -> dict[Key, Any]:
    """The lessons that the API plans in the term, by subject, day and period."""
    found: dict[Key, Any] = {}
    first = FIRST_DAY
    while first <= LAST_DAY:
        last = min(first + timedelta(days=PLANNED_AT_ONCE - 1), LAST_DAY)
        days: dict[str, Any] = {"from": first, "to": last}
        for one in speaker.pages("/timetable", **days):
            found[one["subject"]["id"], one["date"], one["period"]] = one
        first = last + timedelta(days=1)
    return found


class Taking:
    """One run over the term."""

    def __init__(self, term: Term, url: str, office: Account, kept: Kept) -> None:
        self._term, self._url, self._kept = term, url, kept
        self._office = Speaker(url, office)
        self._sessions: Mapping[Key, Any] = {}

    def run(self) -> Taken:
        """Take what is not taken yet."""
        taken = self._kept.taken
        Founding(self._term, self._office, self._kept).run()
        if not taken.opened:
            self._by_teacher(lambda n: self._term.teacher_of(self._term.lessons[n].subject), self._open)
            taken.opened = True
            self._kept.write()
        if len(taken.lessons) < len(self._term.lessons):
            self._sessions = planned(self._office)
            self._by_teacher(self._term.taker_of, self._teach)
        self._kept.write()
        return taken

    def _by_teacher(self, whose: Callable[[int], int], work: Callable[[Speaker, Sequence[int]], None]) -> None:
        done = set(self._kept.taken.lessons)
        numbers: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self._term.lessons)):
            if number not in done:
                numbers[whose(number)].append(number)
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(lambda one: work(Speaker(self._url, teacher_account(one[0])), one[1]), numbers.items()):
                self._kept.write()

    def _key(self, lesson: Lesson) -> Key:
        return self._kept.taken.subjects[lesson.subject], lesson.day.isoformat(), lesson.period

    def _open(self, teacher: Speaker, numbers: Sequence[int]) -> None:
        """Sessions of the lessons that nobody has opened, at the times that the timetable has for them."""
        there = {key for key, lesson in planned(teacher).items() if lesson["session_id"]}
        wanted = [key for key in (self._key(self._term.lessons[number]) for number in numbers) if key not in there]
        for start in range(0, len(wanted), OPENED_AT_ONCE):
            some = wanted[start : start + OPENED_AT_ONCE]
            new = [{"subject_id": subject, "date": day, "period": period} for subject, day, period in some]
            teacher.done("POST", "/sessions/bulk", json={"sessions": new})
            self._kept.taken.calls += 1

    def _teach(self, teacher: Speaker, numbers: Sequence[int]) -> None:
        for count, number in enumerate(numbers, 1):
            self._take(teacher, self._term.lessons[number])
            self._kept.taken.lessons.append(number)
            if count % WRITTEN_AFTER == 0:
                self._kept.write()

    def _take(self, teacher: Speaker, lesson: Lesson) -> None:
        """Call the roll and close in one request, and correct what has to be."""
        planned_one = self._sessions[self._key(lesson)]
        session = planned_one["session_id"]
        if planned_one["state"] == "open":
            teacher.done("PUT", f"/sessions/{session}/marks", json={"marks": self._marks(lesson), "close": True})
            self._kept.taken.calls += 1
        corrections = self._term.corrections(lesson)
        if corrections:
            self._correct(teacher, session, corrections)

    def _marks(self, lesson: Lesson) -> list[dict[str, Any]]:
        left_at = (lesson.starts_at + LESSON / 2).isoformat()
        said = {student: kind for student, kind in self._term.said(lesson).items() if kind != "unsaid"}
        return [
            {"student_id": self._kept.taken.students[student], "status": MARKS.get(kind, kind)}
            | ({"left_at": left_at} if kind == "left early" else {})
            for student, kind in said.items()
        ]

    def _correct(self, teacher: Speaker, session: str, corrections: Mapping[int, str]) -> None:
        students = {self._kept.taken.students[student]: status for student, status in corrections.items()}
        records: Iterable[Any] = teacher.pages(f"/sessions/{session}/records")
        wanted = [
            {"record_id": row["id"], "status": students[row["student_id"]], "reason": REASON}
            for row in records
            if row["student_id"] in students and row["status"] != students[row["student_id"]]
        ]
        if wanted:
            teacher.done("POST", "/records/corrections", json={"corrections": wanted})
        self._kept.taken.calls += 2
