"""The audit log as a whole: sealed while the program works, verified by command, read by the office."""

import asyncio
from typing import Any

from backend.tests.conftest import EMAIL, Backend, Person, inside, new_student, new_teacher

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM


async def sealed(environment: dict[str, str]) -> int:
    """Seal what waits; how many entries are chained then, of a chain that holds."""
    async with inside(environment) as (services, _):
        audit = services.get(AuditService)
        await audit.seal()
        verdict = await audit.verify(SYSTEM)
    assert (verdict.broken, verdict.unsealed) == (None, 0)
    return verdict.sealed


async def test_the_running_program_seals_by_itself_and_the_command_says_that_the_chain_holds(
    office: Person, backend: Backend, mongo: Client, database_name: str
) -> None:
    student = await new_student(office, "ann")
    entries = mongo[database_name]["audit"]
    async with asyncio.timeout(60):
        while await entries.find_one({"sealed": False}):  # noqa: ASYNC110  # another process seals
            await asyncio.sleep(0.2)

    told = backend.command("audit", "verify")

    last = await entries.find_one({"target_id": student})
    assert last is not None
    assert (told.returncode, told.stderr) == (0, "")
    assert f"the last hash is {last['seal']['hash']}" in told.stdout
    assert "0 entries wait to be sealed" in told.stdout


async def test_one_changed_byte_in_the_database_is_named_by_the_command(
    office: Person, backend: Backend, environment: dict[str, str], mongo: Client, database_name: str
) -> None:
    backend.stop()
    await backend.start()
    ann = await new_student(office, "ann")
    await new_student(office, "ben")
    chained = await sealed(environment)
    entries = mongo[database_name]["audit"]
    entry: Any = await entries.find_one({"target_id": ann})
    await entries.update_one({"_id": entry["_id"]}, {"$set": {"action": "student creatfd"}})

    told = backend.command("audit", "verify")

    assert told.returncode == 1
    assert told.stderr == f"BROKEN: entry {entry['_id']}, number {chained - 1}, was changed\n"
    assert told.stdout.startswith(f"{chained - 2} entries are chained")


async def test_what_is_removed_or_put_in_is_named_and_what_is_not_sealed_yet_is_told(
    environment: dict[str, str], mongo: Client, database_name: str
) -> None:
    entries = mongo[database_name]["audit"]
    async with inside(environment) as (services, transactions):
        audit = services.get(AuditService)
        for number in range(5):
            await transactions.run(lambda tx, n=number: audit.note(SYSTEM, "tried", f"thing-{n}", {"n": n}, tx))
        await audit.seal()
        await transactions.run(lambda tx: audit.note(SYSTEM, "tried", "late", {}, tx))
        whole = await audit.verify(SYSTEM)
        third: Any = await entries.find_one({"target_id": "thing-2"})
        fourth: Any = await entries.find_one({"target_id": "thing-3"})
        await entries.delete_one({"_id": third["_id"]})
        without = await audit.verify(SYSTEM)
        await entries.insert_one(third)
        await entries.insert_one({"_id": "forged", "action": "tried", "sealed": True})
        with_one_more = await audit.verify(SYSTEM)

    late: Any = await entries.find_one({"target_id": "late"})
    assert (whole.sealed, whole.unsealed, whole.unsealed_from, whole.broken) == (5, 1, late["_id"], None)
    assert without.broken == f"entry number 3 was removed, before entry {fourth['_id']}"
    assert with_one_more.broken is not None
    assert with_one_more.broken.startswith("entry forged was inserted")


async def test_several_who_seal_at_once_make_one_chain(environment: dict[str, str]) -> None:
    async with inside(environment) as (services, transactions), inside(environment) as (others, _):
        audit = services.get(AuditService)
        for number in range(20):
            await transactions.run(lambda tx, n=number: audit.note(SYSTEM, "tried", f"thing-{n}", {}, tx))
        await asyncio.gather(audit.seal(), others.get(AuditService).seal(), audit.seal())
        await audit.seal()
        verdict = await audit.verify(SYSTEM)

    assert (verdict.sealed, verdict.unsealed, verdict.broken) == (20, 0, None)


async def test_the_office_reads_the_log_from_its_end_and_narrows_it_down(office: Person) -> None:
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    _, teacher = await new_teacher(office, "teacher@school.example")
    me = (await office.done("GET", "/me"))["id"]

    first = await office.done("GET", "/audit?limit=2&action=student created")
    every = await office.done("GET", "/audit?limit=1&action=student created")
    rest = await office.done("GET", f"/audit?limit=1&action=student created&cursor={every['next_cursor']}")
    of_ann = await office.done("GET", f"/audit?target_id={ann}&actor_id={me}&from=2020-01-01&to=2100-01-01")
    none = await office.done("GET", "/audit?to=2020-01-01")
    refused = await teacher.ask("GET", "/audit")
    nowhere = await office.ask("GET", "/audit?to=9999-12-31")

    assert [entry["target_id"] for entry in first["items"]] == [ben, ann]
    assert [entry["target_id"] for entry in every["items"] + rest["items"]] == [ben, ann]
    assert {(entry["action"], entry["actor_role"]) for entry in of_ann["items"]} == {
        ("student created", "administrator")
    }
    assert none == {"items": [], "next_cursor": None}
    assert (refused.status_code, nowhere.status_code) == (403, 400)
    assert EMAIL not in str(first)
