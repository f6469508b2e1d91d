"""The audit log: what is done is told, what is not done is not."""

from backend.tests.conftest import Backend, Class, Person
from backend.tests.simulator import photo_of, vector_of

from attendance_backend.adapters.mongo import Client
from attendance_contract.vectors import encode_vector

ANN = {"roll_number": "1", "name": "Ann"}


async def test_a_change_and_its_entry_are_kept_together_or_not_at_all(
    office: Person, mongo: Client, database_name: str
) -> None:
    made = await office.ask("POST", "/students", json=ANN, headers={"X-Request-ID": "from-the-browser"})
    await office.ask("POST", "/students", json=ANN)

    (entry,) = await mongo[database_name]["audit"].find({"action": "student created"}).to_list()

    assert (entry["target_id"], entry["request_id"]) == (made.json()["id"], "from-the-browser")
    assert (entry["actor_id"], entry["actor_role"]) == ((await office.done("GET", "/me"))["id"], "administrator")
    assert entry["sealed"] is False


async def test_the_main_job_leaves_its_trace_and_no_secret_in_it(
    a_class: Class, backend: Backend, mongo: Client, database_name: str
) -> None:
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/captures", content=photo_of("ann"))
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")

    entries = await mongo[database_name]["audit"].find().sort("_id").to_list()

    told = [entry["action"] for entry in entries]
    assert told[-2:] == ["session opened", "session closed"]
    assert {"user created", "student created", "consent given", "face enrolled", "roster entered"} <= set(told)
    secrets = ["correct horse", encode_vector(vector_of("ann")), a_class.teacher.token, "mongodb://"]
    assert not [secret for secret in secrets if secret in str(entries) + backend.output]
