"""A class that is recognised by photos, so that a school under load has real work for its ML service."""

from pathlib import Path

from attendance_bench.people import SIZES, TimedClass, timed_class
from attendance_bench.school.founding import OFFICE
from attendance_bench.school.plan import Player
from attendance_cli.api import Api
from attendance_cli.demo.attendance import prepare
from attendance_cli.demo.classes import DemoClass, Person
from attendance_ml.faces import load_engine
from attendance_ml.faces.models import SFACE, YUNET, ModelStore

SIZE = next(iter(SIZES.values()))


def photographed_class() -> TimedClass:
    """The class that all speed is measured on: 30 people, ten of them on its photo."""
    return timed_class(load_engine({model.name: ModelStore().path(model.name) for model in (YUNET, SFACE)}, threads=1))


def enrol(url: str, people: TimedClass, home: Path, teacher_id: str) -> tuple[str, Path]:
    """Enrols the class by one photo each through the API; its subject, and a file of the class's photo."""
    photo = home / "class.jpg"
    photo.write_bytes(people.class_photo(SIZE))
    persons = []
    for name, photos in people.enrolled().items():
        path = home / "enrolled" / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photos[0])
        persons.append(Person(name, [path]))
    office = Api(url).sign_in(OFFICE.email, OFFICE.password)
    subject_id, _ = prepare(office, DemoClass(persons, photo), teacher_id, lambda _: None)
    return subject_id, photo


def photographers(teacher: Player, subject_id: str, count: int) -> list[Player]:
    """Browsers of one teacher."""
    return [Player(teacher.email, teacher.cookie, own=subject_id)] * count
