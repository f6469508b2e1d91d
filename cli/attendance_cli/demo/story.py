"""The demo from beginning to end on a site that runs: who signs in, what is enrolled, which register comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.text import Text

from attendance_cli.accounts import demo_accounts, sign_in_or_create
from attendance_cli.demo.attendance import Taken, ensure_teacher, prepare, take
from attendance_cli.demo.classes import DemoClass, sample_class
from attendance_cli.demo.register import Row, data_of, differences, rows_of, table_of
from attendance_cli.site import Site, ml_command


@dataclass(frozen=True, slots=True)
class Result:
    """A register and what it is measured against."""

    people: DemoClass
    taken: Taken
    rows: list[Row]

    @property
    def differences(self) -> list[str]:
        return differences(self.rows, self.people)

    def as_data(self) -> Mapping[str, Any]:
        return data_of(self.rows, self.taken, self.people)

    def as_text(self) -> Group:
        parts: list[Any] = [table_of(self.rows, self.taken)]
        parts += [Text(f"{photo} was not enrolled: {why}", style="yellow") for photo, why in self.taken.refused.items()]
        if self.people.notice:
            parts.append(Text(self.people.notice, style="dim"))
            parts += [Text(f"WRONG: {difference}", style="bold red") for difference in self.differences]
        return Group(*parts)


def compose_sample(site: Site) -> DemoClass:
    """The sample class, its photos fetched and composed by the ML service's own module."""
    ml_command(site.run, "samples", "fetch")
    manifest = ml_command(site.run, "samples", "compose", "--out", str(site.home / "demo"))
    return sample_class(Path(manifest.strip()))


def take_attendance(site: Site, people: DemoClass, progress: Console) -> Result:
    """Enrol the class, take its attendance, return the register.

    Raises `ApiError`, `BackendUnreachableError`, `ForeignDatabaseError`, `NotRecognisedError`, `ProgramEndedError`.
    """
    accounts = demo_accounts(site.home)
    anybody = site.api()
    office, _ = sign_in_or_create(anybody, accounts.administrator, site.create_administrator)
    teacher_id = ensure_teacher(office, accounts.teacher)
    subject_id, refused = prepare(office, people, teacher_id, partial(progress.print, style="dim", highlight=False))
    teacher = anybody.sign_in(accounts.teacher.email, accounts.teacher.password)
    taken = take(teacher, subject_id, people.photo, datetime.now().astimezone().date(), refused)
    return Result(people, taken, rows_of(taken, people))
