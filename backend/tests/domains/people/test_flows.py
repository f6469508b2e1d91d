"""Students."""

from datetime import UTC, datetime

from backend.tests.conftest import Class, Person, new_student

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.people.repository import upgrade
from attendance_backend.domains.people.schemas import MAX_GUARDIANS


async def test_a_student_is_made_once_and_found(office: Person) -> None:
    new = {"roll_number": "R-1", "name": "  Ann  ", "is_minor": True}
    ann = await office.done("POST", "/students", json=new)
    taken = await office.ask("POST", "/students", json={"roll_number": "R-1", "name": "Another"})

    assert (ann["name"], ann["is_minor"]) == ("Ann", True)
    assert ann["face"] == {"consented": False, "photos": 0, "model": None}
    assert (taken.status_code, taken.json()["error_code"]) == (409, "ROLL_NUMBER_TAKEN")
    assert taken.json()["details"] == {"field": "roll_number"}
    assert await office.done("GET", f"/students/{ann['id']}") == ann
    assert (await office.done("GET", "/students?roll_number=R-1"))["items"] == [ann]
    assert (await office.done("GET", "/students?roll_number=R-2"))["items"] == []
    assert (await office.ask("GET", "/students/none")).status_code == 404


async def test_a_student_shows_the_state_of_their_face_data_only(office: Person) -> None:
    ann = await new_student(office, "ann", photos=2)

    shown = await office.done("GET", f"/students/{ann}")

    assert shown["face"] == {"consented": True, "photos": 2, "model": "played@1"}
    assert (await office.done("GET", "/students"))["items"] == [shown]


async def names(office: Person, query: str) -> list[str]:
    """The names of a list, walked in pages of two."""
    found, cursor = [], ""
    while True:
        page = await office.done("GET", f"/students?limit=2&{query}{cursor}")
        found += [row["name"] for row in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_a_list_of_students_is_sorted_and_narrowed_by_name_number_and_archive(
    office: Person, mongo: Client, database_name: str
) -> None:
    ids = {}
    for number, name in enumerate(["Zoe", "Émile", "emma", "Ada", "Emil"]):
        new = {"roll_number": f"R-{number}", "name": name, "external_id": f"x-{number}"}
        ids[name] = (await office.done("POST", "/students", json=new))["id"]
    older = {"_id": "older", "roll_number": "R-9", "name": "EMMY", "is_minor": False, "created_at": datetime.now(UTC)}
    await mongo[database_name]["students"].insert_one(older)
    await upgrade(mongo[database_name])
    await office.done("POST", f"/students/{ids['Ada']}/archive")

    assert await names(office, "") == ["Zoe", "Émile", "emma", "Ada", "Emil", "EMMY"]
    assert await names(office, "sort=-roll_number") == ["EMMY", "Emil", "Ada", "emma", "Émile", "Zoe"]
    assert await names(office, "sort=name") == ["Ada", "Emil", "Émile", "emma", "EMMY", "Zoe"]
    assert await names(office, "sort=-name&archived=false") == ["Zoe", "EMMY", "emma", "Émile", "Emil"]
    assert await names(office, "archived=true") == ["Ada"]
    assert await names(office, "name=ÉM&sort=name") == ["Emil", "Émile", "emma", "EMMY"]
    assert await names(office, "external_id=x-0") == ["Zoe"]
    assert await names(office, "name=x") == []
    assert (await office.done("PATCH", "/students/older", json={"name": "Emmy"}))["version"] == 2


async def test_a_student_is_changed_by_whoever_has_seen_the_latest_version(office: Person) -> None:
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    more = {"email": "Ann@School.example", "date_of_birth": "2001-02-03", "external_id": "x-1", "is_minor": True}

    changed = await office.done("PATCH", f"/students/{ann}", json=more, headers={"If-Match": '"1"'})
    stale = await office.ask("PATCH", f"/students/{ann}", json={"name": "X"}, headers={"If-Match": '"1"'})
    taken = await office.ask("PATCH", f"/students/{ben}", json={"external_id": "x-1"})
    numbered = await office.ask("PATCH", f"/students/{ben}", json={"roll_number": "R-ann"})
    nameless = await office.ask("PATCH", f"/students/{ben}", json={"name": None})
    emptied = await office.done("PATCH", f"/students/{ann}", json={"external_id": None})

    assert (changed["email"], changed["date_of_birth"], changed["version"]) == ("ann@school.example", "2001-02-03", 2)
    assert changed["is_minor"] is False, "the date of birth says so"
    assert [(a.status_code, a.json()["error_code"]) for a in (stale, taken, numbered, nameless)] == [
        (412, "VERSION_CONFLICT"),
        (409, "EXTERNAL_ID_TAKEN"),
        (409, "ROLL_NUMBER_TAKEN"),
        (400, "INVALID_REQUEST"),
    ]
    assert (emptied["external_id"], emptied["email"], emptied["name"]) == (None, "ann@school.example", "ann")
    assert (await office.ask("GET", f"/students/{ann}")).headers["ETag"] == '"3"'


async def test_an_archived_student_is_off_every_roster_and_keeps_what_was_recorded(
    a_class: Class, office: Person
) -> None:
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    student, roster = f"/students/{a_class.ann}", f"/subjects/{a_class.subject}/roster"

    archived = await office.done("POST", f"{student}/archive", json={"on": "2026-11-21"})
    again = await office.ask("PUT", f"{roster}/{a_class.ann}")

    assert archived["archived_on"] == "2026-11-21"
    assert (again.status_code, again.json()["error_code"]) == (422, "UNKNOWN_STUDENT")
    for day, there in (("2026-11-20", True), ("2026-11-21", False), ("2027-01-01", False)):
        found = await office.done("GET", f"{roster}?on={day}")
        assert (a_class.ann in [row["id"] for row in found["items"]]) is there, day
    register = await office.done("GET", f"/sessions/{a_class.session}/register")
    assert a_class.ann in [row["student_id"] for row in register["students"]]
    assert (await office.done("POST", f"{student}/restore"))["archived_on"] is None
    assert (await office.ask("PUT", f"{roster}/{a_class.ann}")).status_code == 204


async def test_guardians_come_change_and_go(office: Person) -> None:
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    path = f"/students/{ann}/guardians"
    added = [await office.done("POST", path, json={"name": name}) for name in ("Mother", "Uncle")]

    changed = await office.done("PATCH", f"{path}/{added[0]['id']}", json={"email": "m@home.example"})
    elsewhere = await office.ask("PATCH", f"/students/{ben}/guardians/{added[0]['id']}", json={"name": "X"})
    gone = await office.ask("DELETE", f"{path}/{added[1]['id']}")

    assert (changed["name"], changed["email"], changed["user_id"]) == ("Mother", "m@home.example", None)
    assert (elsewhere.status_code, gone.status_code) == (404, 204)
    assert (await office.done("GET", path))["items"] == [changed]
    for _ in range(MAX_GUARDIANS - 1):
        await office.done("POST", path, json={"name": "Another"})
    full = await office.ask("POST", path, json={"name": "One too many"})
    assert (full.status_code, full.json()["error_code"]) == (409, "TOO_MANY_GUARDIANS")
    assert (await office.ask("GET", "/students/none/guardians")).status_code == 404
