"""A class that is recognised by photos, so that a school under load has real work for its ML service."""

from dataclasses import replace
from pathlib import Path

from attendance_bench.people import SIZES, TimedClass, timed_class
from attendance_bench.school.accounts import Accounts
from attendance_bench.school.founding import OFFICE
from attendance_bench.school.plan import PASSWORD, Plan
from attendance_cli.accounts import Account
from attendance_cli.api import Api
from attendance_cli.demo.attendance import ensure_teacher, prepare
from attendance_cli.demo.classes import DemoClass, Person
from attendance_ml.faces import load_engine
from attendance_ml.faces.models import SFACE, YUNET, ModelStore

TEACHER = Account("photographer@school.example", "Who photographs", PASSWORD)
UPLOADERS = 2
"""As many photos as the ML service works on at once on two cores: it never rests."""
SIZE = next(iter(SIZES.values()))


def photographed_class() -> TimedClass:
    """The class that all speed is measured on: 30 people, ten of them on its photo."""
    return timed_class(load_engine({model.name: ModelStore().path(model.name) for model in (YUNET, SFACE)}, threads=1))


def enrol(plan: Plan, database_uri: str, people: TimedClass, home: Path) -> Plan:
    """The school with a class more, enrolled by one photo each through the API, and with the teacher's browsers."""
    photo = home / "class.jpg"
    photo.write_bytes(people.class_photo(SIZE))
    persons = []
    for name, photos in people.enrolled().items():
        path = home / "enrolled" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photos[0])
        persons.append(Person(name, [path]))
    office = Api(plan.url).sign_in(OFFICE.email, OFFICE.password)
    subject_id, _ = prepare(office, DemoClass(persons, photo), ensure_teacher(office, TEACHER), lambda _: None)
    browser = Accounts(database_uri).browser_of(TEACHER.email)
    return replace(plan, photographers=[replace(browser, own=subject_id)] * UPLOADERS, photos=[str(photo)])
