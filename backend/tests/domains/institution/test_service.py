"""The school's settings: one document, changed by the office, heeded at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from backend.tests.conftest import Person, inside, new_teacher

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.institution.schemas import NewInstitutionSettings
from attendance_backend.domains.institution.service import REMEMBERED, InstitutionService
from attendance_backend.institution import Institution
from attendance_backend.ports.testing import ManualClock


async def settings_of(office: Person) -> tuple[dict[str, Any], str]:
    answer = await office.ask("GET", "/institution")
    shown = answer.json()
    assert shown.pop("version") == int(answer.headers["ETag"].strip('"'))
    return shown, answer.headers["ETag"]


async def test_a_new_school_has_settings_and_the_time_zone_of_its_installation(office: Person) -> None:
    _, teacher = await new_teacher(office, "t@school.example")

    shown, version = await settings_of(teacher)

    assert version == '"0"'
    assert shown == {
        "name": "School",
        "time_zone": "Europe/Paris",
        "late_after_minutes": 10,
        "at_risk_percent": 75,
        "class_photo_days": 30,
        "record_years": None,
        "self_enrolment": False,
        "keep_enrolment_photos": False,
        "code_seconds": 15,
        "review_hours": 24,
        "message_days": 180,
    }
    assert (await teacher.ask("PUT", "/institution", json=shown)).status_code == 403


async def test_what_the_office_changes_holds_at_once_and_is_noted(
    office: Person, mongo: Client, database_name: str
) -> None:
    shown, version = await settings_of(office)
    changed = {**shown, "name": "  Lakeside  ", "time_zone": "Pacific/Kiritimati", "record_years": 7}

    answer = await office.done("PUT", "/institution", json=changed, headers={"If-Match": version})

    assert answer == {**changed, "name": "Lakeside", "version": 1}
    assert await settings_of(office) == ({**changed, "name": "Lakeside"}, '"1"')
    assert (await office.done("GET", "/me"))["institution"]["time_zone"] == "Pacific/Kiritimati"
    noted = await mongo[database_name]["audit"].find_one({"action": "institution changed"})
    assert noted is not None
    assert noted["details"] == {"name": "Lakeside", "time_zone": "Pacific/Kiritimati", "record_years": 7}


async def test_two_who_change_the_settings_at_once_do_not_overwrite_each_other(office: Person) -> None:
    shown, _ = await settings_of(office)

    for version in ('"0"', '"1"'):
        asked = [
            office.ask("PUT", "/institution", json={**shown, "name": f"N{n}"}, headers={"If-Match": version})
            for n in range(4)
        ]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        assert (await settings_of(office))[0]["name"] == won["name"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"at_risk_percent": 101},
        {"late_after_minutes": -1},
        {"class_photo_days": 0},
        {"code_seconds": 1},
        {"review_hours": 0},
        {"message_days": 0},
        {"record_years": 0},
        {"name": " "},
        {"nonsense": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    right = {
        "name": "School",
        "time_zone": "UTC",
        "late_after_minutes": 10,
        "at_risk_percent": 75,
        "class_photo_days": 30,
        "record_years": None,
        "self_enrolment": False,
        "keep_enrolment_photos": False,
        "code_seconds": 15,
        "review_hours": 24,
    }
    assert NewInstitutionSettings.model_validate(right).record_years is None

    with pytest.raises(ValueError, match=next(iter(wrong))):
        NewInstitutionSettings.model_validate({**right, **wrong})


async def test_another_process_hears_of_a_change_within_seconds(environment: dict[str, str]) -> None:
    clock = ManualClock(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    async with inside(environment, clock) as (here, transactions), inside(environment, clock) as (there, _):
        before = await there.get(Institution).here()
        kept = await here.get(InstitutionService).kept(SYSTEM)
        new = NewInstitutionSettings.model_validate(
            {**kept.model_dump(include=set(NewInstitutionSettings.model_fields)), "time_zone": "America/Los_Angeles"}
        )
        await transactions.run(lambda tx: here.get(InstitutionService).change(SYSTEM, new, 0, tx))
        clock.go_on(REMEMBERED)
        after = await there.get(Institution).here()

    assert before.today - after.today == timedelta(days=1)
