"""Students."""

from backend.tests.conftest import Person, new_student


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
