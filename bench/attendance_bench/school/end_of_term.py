"""End of term: reports and exports of a whole term's records, while attendance goes on being taken by photos."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from attendance_bench.school.accounts import Accounts
from attendance_bench.school.faces import UPLOADERS, enrol, photographed_class
from attendance_bench.school.figures import Figures, figures
from attendance_bench.school.founding import OFFICE
from attendance_bench.school.plan import Plan
from attendance_bench.school.playing import play
from attendance_bench.school.serving import Served, serving
from attendance_bench.term.plan import FIRST_DAY, LAST_DAY, SHORT, Term
from attendance_bench.term.speaking import Kept, teacher_account
from attendance_bench.term.taking import Taking

USERS = 30
"""The office and the teachers, all at their reports in the same days."""


def take_term(served: Served, term: Term) -> Plan:
    """The school of a term that is taken through the API, with its people signed in in browsers."""
    taken = Taking(term, served.url, OFFICE, Kept(served.home / "term.json")).run()
    accounts = Accounts(served.database_uri)
    teachers = [
        replace(accounts.browser_of(teacher_account(term.teacher_of(number)).email), own=subject)
        for number, subject in enumerate(taken.subjects)
    ]
    today, term_days = f"{datetime.now(UTC).date()}", (f"{FIRST_DAY}", f"{LAST_DAY}")
    return Plan(served.url, accounts.browser_of(OFFICE.email), teachers, days=(today, today), term=term_days)


def end_term(home: Path, term: Term, seconds: float) -> Figures:
    """The figures of a term's end."""
    people = photographed_class()
    with serving(home, with_ml=True) as served:
        plan = enrol(take_term(served, term), served.database_uri, people, home)
        asked = play("end_of_term", plan, home / "play", users=USERS + UPLOADERS, seconds=seconds)
    return figures(USERS, asked)


def measure_end_of_term(seconds: float) -> bool:
    """Prints what it came to, call by call; whether no call failed."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        found = end_term(Path(folder), Term(SHORT), seconds)
    lines = [found.told(), *(f"{row.call}: {row.count}, {row.p50:.0f}/{row.p95:.0f} ms" for row in found.rows)]
    Console(soft_wrap=True, highlight=False).print("\n".join(lines), markup=False)
    return not found.whole.failed
