"""End of term: the office and teachers look at reports and take them away, while two teachers go on photographing."""

from locust import between, task

from load.people import Photographer
from load.school import SCHOOL, Browser

FIRST_DAY, LAST_DAY = SCHOOL.term
TERM = f"from={FIRST_DAY}&to={LAST_DAY}"

__all__ = ["Office", "Photographer", "Teacher"]


class Reader(Browser):
    """Somebody who looks at one report after another, half a minute each at most."""

    abstract = True
    wait_time = between(5, 30)


class Teacher(Reader):
    """Looks at the class, and takes its report away."""

    people = SCHOOL.teachers
    weight = 3

    @task(3)
    def report(self) -> None:
        self.call("GET", f"/reports/subjects/{self.me.own}?{TERM}", "/reports/subjects/…")

    @task(2)
    def export(self) -> None:
        self.call("GET", f"/reports/subjects/{self.me.own}/export?{TERM}", "/reports/subjects/…/export")


class Office(Reader):
    """Looks at the whole school, and takes its records away."""

    people = (SCHOOL.office,)
    weight = 1

    @task(2)
    def school(self) -> None:
        self.call("GET", f"/reports/school?{TERM}", "/reports/school")

    @task(2)
    def at_risk(self) -> None:
        self.call("GET", f"/reports/at-risk?{TERM}", "/reports/at-risk")

    @task(1)
    def export(self) -> None:
        self.call("GET", f"/reports/records/export?{TERM}", "/reports/records/export")
