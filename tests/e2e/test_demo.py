"""`smart-attendance demo`: a class enrolled and its attendance taken, the same again the second time."""

import json
import re
import shutil

import pytest

from attendance_cli.accounts import demo_accounts
from attendance_cli.api import Api
from attendance_cli.testing import run_command
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

EXPECTED = {"Barack Obama": ("present", True), "Grace Hopper": ("present", False), "Eileen Collins": ("absent", None)}


def registered(register: dict) -> dict:
    return {row["name"]: (row["status"], row["from_other_picture"]) for row in register["students"]}


def demo(home, *arguments) -> dict:
    done = run_command("demo", "--json", "--data", home, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_twice_on_a_running_site_gives_one_register_and_doubles_nothing(start, home) -> None:
    up = start()
    first, again = demo(home), demo(home)
    assert registered(first) == EXPECTED
    assert [face["origin"] for face in first["unknown_faces"]] == ["from biden.jpg: Joe Biden, not enrolled"]
    assert again == first
    assert everything(up.record.address, home) == {"students": 3, "subjects": 1, "sessions": 1, "records": 3}


def everything(address: str, home) -> dict[str, int]:
    """How many of each there are, seen by the administrator."""
    account = demo_accounts(home).administrator
    office = Api(address).sign_in(account.email, account.password)
    sessions = list(office.every("/sessions"))
    return {
        "students": len(list(office.every("/students"))),
        "subjects": len(list(office.every("/subjects"))),
        "sessions": len(sessions),
        "records": sum(len(list(office.every(f"/sessions/{session['id']}/records"))) for session in sessions),
    }


def test_without_a_running_site_it_starts_one_for_the_time(home) -> None:
    first, again = demo(home), demo(home)
    assert registered(again) == registered(first) == EXPECTED


def test_up_with_demo_once_prints_the_register_and_ends(home) -> None:
    done = run_command("up", "--port", "0", "--ml-port", "0", "--demo", "--once", "--data", home)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Barack Obama .*present", done.stdout)
    assert re.search(r"Eileen Collins .*absent", done.stdout)
    assert re.search(r"unknown person .*unknown", done.stdout)


@pytest.fixture
def own_class(tmp_path):
    """A folder of people as a user would have it, one with a photo that shows nobody, and a class photo."""
    for name, pictures in {"Barack": ["obama.jpg", "coffee.png"], "Eileen": ["astronaut.png"]}.items():
        (tmp_path / "people" / name).mkdir(parents=True)
        for picture in pictures:
            shutil.copy(sample_photo(picture), tmp_path / "people" / name)
    photo = tmp_path / "class.jpg"
    compose_class([sample_portrait("obama3.jpg")], size=(900, 700), face_width=150).save(photo)
    return tmp_path / "people", photo


def test_own_photos_give_a_register_that_claims_no_more_than_is_known(home, own_class) -> None:
    people, photo = own_class
    register = demo(home, "--people", people, "--photo", photo)
    assert registered(register) == {"Barack": ("present", True), "Eileen": ("absent", None)}
    assert register["students"][0]["origin"] == "from another file than enrolled"
    assert "NO_FACE_FOUND" in register["not_enrolled_photos"]["Barack/coffee.png"]
