"""Founds the simulated school by its office: settings, term, holidays, rooms, people, subjects, classes, timetables."""

from collections.abc import Callable
from typing import Any

from attendance_bench.term.plan import FIRST_DAY, HOLIDAYS, LAST_DAY, ROOMS, ZONE, Excuse, Place, Term, Weekly
from attendance_bench.term.speaking import Kept, Speaker, roll_number, teacher_account


class Founding:
    """Goes on where it was stopped: what was done is kept, and what was cut off is asked again with its key."""

    def __init__(self, term: Term, office: Speaker, kept: Kept) -> None:
        self._term, self._office, self._kept = term, office, kept

    def run(self) -> None:
        taken, scale = self._kept.taken, self._term.scale
        if not taken.calendar:
            self._set_time_zone()
            self._set_calendar()
            taken.calendar = True
        self._each(taken.rooms, ROOMS, lambda number: self._made("/rooms", number, {"name": f"Room {number}"}))
        if not taken.students:
            taken.students = self._import_students(scale.students)
        self._each(taken.teachers, scale.teachers, self._hire)
        self._each(taken.subjects, scale.subjects, self._found)
        while taken.classes < scale.subjects:
            self._gather(taken.classes)
            taken.classes += 1
        while taken.excuses < len(self._term.excuses):
            self._excuse(taken.excuses, self._term.excuses[taken.excuses])
            taken.excuses += 1
        while taken.substitutes < len(self._term.lessons):
            self._substitute(taken.substitutes)
            taken.substitutes += 1
        self._kept.write()

    def _each(self, ids: list[str], count: int, make: Callable[[int], str]) -> None:
        while len(ids) < count:
            ids.append(make(len(ids)))
        self._kept.write()

    def _made(self, path: str, number: int, new: dict[str, Any]) -> str:
        return str(self._office.done("POST", path, key=f"{path} {number}", json=new)["id"])

    def _set_time_zone(self) -> None:
        answer = self._office.ask("GET", "/institution")
        settings = {name: value for name, value in answer.json().items() if name != "version"}
        settings["time_zone"] = ZONE
        self._office.done("PUT", "/institution", json=settings, headers={"If-Match": answer.headers["ETag"]})

    def _set_calendar(self) -> None:
        self._made("/terms", 0, {"name": "Autumn", "first_day": f"{FIRST_DAY}", "last_day": f"{LAST_DAY}"})
        for number, (name, (first, last)) in enumerate(HOLIDAYS.items()):
            self._made("/holidays", number, {"name": name, "first_day": f"{first}", "last_day": f"{last}"})

    def _import_students(self, count: int) -> list[str]:
        rows = "".join(f"{roll_number(number)},Student {number}\r\n" for number in range(count))
        file = ("students.csv", f"roll_number,name\r\n{rows}".encode(), "text/csv")
        self._office.done("POST", "/imports/students", key="students", files={"file": file})
        ids = {row["roll_number"]: row["id"] for row in self._office.pages("/students")}
        return [ids[roll_number(number)] for number in range(count)]

    def _hire(self, teacher: int) -> str:
        account = teacher_account(teacher)
        new = {"email": account.email, "name": account.name, "password": account.password, "role": "teacher"}
        return self._made("/users", teacher, new)

    def _found(self, subject: int) -> str:
        teacher = self._kept.taken.teachers[self._term.teacher_of(subject)]
        new = {"code": f"SUB-{subject:03d}", "name": f"Subject {subject}", "teacher_ids": [teacher]}
        return self._made("/subjects", subject, new)

    def _gather(self, subject: int) -> None:
        """The roster and the timetable of a subject, each whole."""
        path = f"/subjects/{self._kept.taken.subjects[subject]}"
        places = [self._place(place) for place in self._term.rosters[subject]]
        self._office.done("PUT", f"{path}/roster", json={"students": places})
        entries = [self._entry(subject, weekly) for weekly in self._term.timetable(subject)]
        self._office.done("PUT", f"{path}/timetable", json={"entries": entries})

    def _place(self, place: Place) -> dict[str, Any]:
        days = {"joins_on": place.joins_on, "leaves_on": place.leaves_on}
        return {"student_id": self._kept.taken.students[place.student]} | {
            name: day.isoformat() for name, day in days.items() if day
        }

    def _entry(self, subject: int, weekly: Weekly) -> dict[str, Any]:
        return {
            "weekday": weekly.weekday,
            "period": weekly.period,
            "starts_at": f"{weekly.begins:%H:%M}",
            "ends_at": f"{weekly.ends:%H:%M}",
            "room_id": self._kept.taken.rooms[subject % ROOMS],
            "every_weeks": weekly.every_weeks,
            "first_week": f"{FIRST_DAY}",
            "valid_from": f"{weekly.days[0]}",
            "valid_to": f"{weekly.days[1]}",
        }

    def _excuse(self, number: int, excuse: Excuse) -> None:
        taken = self._kept.taken
        subject = None if excuse.subject is None else taken.subjects[excuse.subject]
        days = {"from": f"{excuse.since}", "to": f"{excuse.until}"}
        new = {"student_id": taken.students[excuse.student], "subject_id": subject, "reason": "known before", **days}
        given = self._made("/excuses", number, new)
        if excuse.taken_back:
            refusal = {"answer": "it turned out otherwise"}
            self._office.done("POST", f"/excuses/{given}/refuse", key=f"refusal {number}", json=refusal)

    def _substitute(self, number: int) -> None:
        if not self._term.is_substituted(number):
            return
        lesson, taken = self._term.lessons[number], self._kept.taken
        teacher = taken.teachers[self._term.taker_of(number)]
        subject = taken.subjects[lesson.subject]
        new = {"subject_id": subject, "date": f"{lesson.day}", "period": lesson.period, "teacher_id": teacher}
        self._made("/substitutions", number, new)
