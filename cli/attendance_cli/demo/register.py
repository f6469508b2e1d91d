"""The register as a person reads it: a row per student and per unknown face, and where each face comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from rich.table import Table
from rich.text import Text

from attendance_cli.demo.attendance import Taken
from attendance_cli.demo.classes import DemoClass, KnownFace, Person

_STYLES = {"present": "green", "absent": "red", "unknown": "yellow", "late": "yellow"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `name` is None for a face nobody could name.

    `from_other_picture` says whether the face on the class photo comes from another picture than the enrolled ones;
    None where no face was matched.
    """

    name: str | None
    roll_number: str | None
    status: str
    proposal: str | None
    similarity: float | None
    from_other_picture: bool | None
    origin: str
    """What the face on the class photo is, in words."""


def rows_of(taken: Taken, people: DemoClass) -> list[Row]:
    """Students in the order of the roster, then the faces that nobody could name."""
    by_name = {person.name: person for person in people.people}
    students = [_student_row(entry, by_name[entry["name"]], taken, people) for entry in taken.register["students"]]
    return [*students, *_unknown_rows(taken, people)]


def differences(rows: Sequence[Row], people: DemoClass) -> list[str]:
    """Where the register is not what the composed photo is known to show. Nothing is known of a photo of one's own."""
    if not people.faces:
        return []
    enrolled = {person.name for person in people.people}
    shown = {face.person for face in people.faces}
    wrong = [
        f"{row.name} is {row.status}, but {'is' if row.name in shown else 'is not'} on the photo"
        for row in rows
        if row.name and (row.status == "present") != (row.name in shown)
    ]
    strangers = sum(face.person not in enrolled for face in people.faces)
    unknown = sum(row.name is None for row in rows)
    return wrong if unknown == strangers else [*wrong, f"{unknown} unknown faces, but {strangers} strangers"]


def table_of(rows: Sequence[Row], taken: Taken) -> Table:
    session = taken.register["session"]
    table = Table(
        "Student", "Status", "Similarity", "The face on the class photo", title=f"Register of {session['date']}"
    )
    for row in rows:
        similarity = "" if row.similarity is None else f"{row.similarity:.2f}"
        status = Text(row.status, style=_STYLES.get(row.status, ""))
        table.add_row(row.name or Text("unknown person", style="italic"), status, similarity, row.origin)
    return table


def data_of(rows: Sequence[Row], taken: Taken, people: DemoClass) -> dict[str, Any]:
    """The register as data: all of a run that is not an id or a time is the same in the next run."""
    session = taken.register["session"]
    return {
        "session": {key: session[key] for key in ("id", "date", "period", "state")},
        "class_photo": {"composed": people.notice is not None, "notice": people.notice},
        "students": [asdict(row) for row in rows if row.name],
        "unknown_faces": [asdict(row) for row in rows if not row.name],
        "not_enrolled_photos": dict(taken.refused),
        "differences": differences(rows, people),
    }


def _student_row(entry: Mapping[str, Any], person: Person, taken: Taken, people: DemoClass) -> Row:
    is_other, origin = None, "not seen"
    if entry.get("face_index") is not None:
        is_other, origin = _compare(_known_at(_location(taken, entry["face_index"]), people), person, people)
    return Row(
        name=entry["name"],
        roll_number=entry["roll_number"],
        status=entry["status"],
        proposal=entry["proposal"],
        similarity=entry.get("similarity"),
        from_other_picture=is_other,
        origin=origin,
    )


def _unknown_rows(taken: Taken, people: DemoClass) -> Iterator[Row]:
    for face in taken.register["unknown_faces"]:
        known = _known_at(face["location"], people)
        origin = (
            f"from {known.picture}: {known.person or 'a person without a name'}, not enrolled"
            if known
            else "a stranger"
        )
        yield Row(None, None, "unknown", "unknown", None, None, origin)


def _location(taken: Taken, index: int) -> dict[str, int]:
    return next(face["location"] for face in taken.capture["faces"] if face["index"] == index)


def _known_at(location: dict[str, int], people: DemoClass) -> KnownFace | None:
    return next((face for face in people.faces if face.is_at(location)), None)


def _compare(known: KnownFace | None, person: Person, people: DemoClass) -> tuple[bool, str]:
    if known:
        is_other = known.picture not in {photo.name for photo in person.photos}
        return is_other, f"from another picture than enrolled: {known.picture}" if is_other else (
            f"cut from the enrolled picture itself: {known.picture}"
        )
    photo = sha256(people.photo.read_bytes()).digest()
    is_other = all(sha256(enrolled.read_bytes()).digest() != photo for enrolled in person.photos)
    return is_other, "from another file than enrolled" if is_other else "the class photo is the enrolled file itself"
