"""A photo that no browser shows: what stands in for it, from when on, and how long."""

from pathlib import Path
from typing import Any

from backend.tests.conftest import Backend, Class, Person, new_teacher, photos_in
from backend.tests.domains.attendance.test_flows_recognition import until
from backend.tests.simulator import HEIC, Simulator, photo_of, upright_of

from attendance_contract.errors import ErrorCode

PHOTO = photo_of("ann", head=HEIC)


async def submitted(a_class: Class, photo: bytes = PHOTO) -> dict[str, Any]:
    shown: dict[str, Any] = await a_class.teacher.done("POST", f"/sessions/{a_class.session}/captures", content=photo)
    return shown


async def summary(a_class: Class) -> dict[str, Any]:
    (found,) = (await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register"))["captures"]
    assert isinstance(found, dict)
    return found


def kept(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in photos_in(tmp_path))


async def test_a_recognised_heic_is_shown_as_the_upright_jpeg_to_who_may_see_it(
    a_class: Class, office: Person, tmp_path: Path
) -> None:
    shown = await submitted(a_class)
    _, other = await new_teacher(office, "other@school.example")

    path = f"/captures/{shown['id']}/photo"
    photo = await a_class.teacher.ask("GET", path)
    foreign = await other.ask("GET", path)
    unknown = await a_class.teacher.http.get(f"/api/v1{path}")

    assert (shown["state"], shown["viewable"]) == ("recognised", True)
    assert (photo.content, photo.headers["Content-Type"]) == (upright_of(PHOTO), "image/jpeg")
    assert (photo.headers["Cache-Control"], photo.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert (foreign.status_code, foreign.json()["error_code"]) == (404, "NOT_FOUND")
    assert unknown.status_code == 401
    assert kept(tmp_path) == [shown["id"], f"{shown['id']}.upright"]
    assert (await summary(a_class))["viewable"] is True


async def test_a_jpeg_is_shown_as_it_was_sent_and_nothing_is_kept_beside_it(a_class: Class, tmp_path: Path) -> None:
    shown = await submitted(a_class, photo_of("ann"))

    photo = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")

    assert photo.content == photo_of("ann")
    assert kept(tmp_path) == [shown["id"]]


async def test_before_it_is_recognised_a_heic_can_not_be_shown_and_a_jpeg_can(
    a_class: Class, simulator: Simulator
) -> None:
    await simulator.stop()
    shown = await submitted(a_class)
    jpeg = await submitted(a_class, photo_of("ann"))

    path = f"/captures/{shown['id']}"
    early = await a_class.teacher.ask("GET", f"{path}/photo")
    as_sent = await a_class.teacher.ask("GET", f"/captures/{jpeg['id']}/photo")
    await simulator.start()
    recognised = await until(a_class.teacher, path, "recognised")
    photo = await a_class.teacher.ask("GET", f"{path}/photo")

    assert (shown["viewable"], jpeg["viewable"]) == (False, True)
    assert (early.status_code, early.json()["error_code"]) == (409, "PHOTO_NOT_VIEWABLE_YET")
    assert early.headers["Cache-Control"] == "no-store"
    assert as_sent.content == photo_of("ann")
    assert recognised["viewable"] is True
    assert photo.content == upright_of(PHOTO)


async def test_a_refused_heic_leaves_nothing_behind(a_class: Class, simulator: Simulator, tmp_path: Path) -> None:
    simulator.switches.refuse_with = (422, ErrorCode.INVALID_IMAGE)

    answer = await a_class.teacher.ask("POST", f"/sessions/{a_class.session}/captures", content=PHOTO)

    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_IMAGE")
    assert kept(tmp_path) == []


async def test_an_answer_without_what_a_browser_needs_is_asked_for_again(a_class: Class, simulator: Simulator) -> None:
    simulator.switches.makes_upright = False
    shown = await submitted(a_class)
    early = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")

    simulator.switches.makes_upright = True
    recognised = await until(a_class.teacher, f"/captures/{shown['id']}", "recognised")

    assert (shown["viewable"], early.status_code) == (False, 409)
    assert recognised["viewable"] is True


async def test_a_backend_that_dies_between_keeping_the_jpeg_and_the_recognition_makes_it_anew(
    a_class: Class, backend: Backend, simulator: Simulator, tmp_path: Path
) -> None:
    await simulator.stop()
    shown = await submitted(a_class)
    backend.kill()
    left_behind = tmp_path / "photos" / f"{shown['id']}.upright"
    left_behind.write_bytes(b"cut off while it was written")
    await backend.start()

    early = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")
    await simulator.start()
    await until(a_class.teacher, f"/captures/{shown['id']}", "recognised")
    photo = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")

    assert early.status_code == 409
    assert photo.content == upright_of(PHOTO)
    assert kept(tmp_path) == [shown["id"], left_behind.name]


async def test_an_erased_heic_is_gone(a_class: Class, tmp_path: Path) -> None:
    shown = await submitted(a_class)
    for name in kept(tmp_path):
        (tmp_path / "photos" / name).unlink()

    gone = await a_class.teacher.ask("GET", f"/captures/{shown['id']}/photo")

    assert (gone.status_code, gone.json()["error_code"]) == (410, "PHOTO_GONE")
