"""Webhooks over HTTP: the office registers one, is shown its secret once, and sees what became of what was told."""

from pathlib import Path

import httpx2
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, first_administrator, inside, sign_in
from backend.tests.receiver import a_receiver

from attendance_backend.domains.webhooks.schemas import MAX_WEBHOOKS

EVENTS = ["record.corrected", "session.closed"]


async def test_a_running_backend_tells_a_receiver_and_shows_the_secret_once(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment["WEBHOOKS_TO_PRIVATE_ADDRESSES"] = "yes"
    base = f"http://127.0.0.1:{environment['PORT']}"
    async with httpx2.AsyncClient(base_url=base, timeout=20) as http, a_receiver() as receiver:
        backend = Backend(environment, tmp_path, http)
        await backend.start()
        async with inside(environment) as services:
            await first_administrator(services)
        office = await sign_in(http, EMAIL, PASSWORD)
        made = await office.done("POST", "/webhooks", json={"url": receiver.url, "events": EVENTS})
        receiver.secrets["told"] = made["secret"]
        path = f"/webhooks/{made['id']}"
        rotated = await office.done("POST", f"{path}/secret")
        receiver.secrets["rotated"] = rotated["secret"]
        sent = await office.done("POST", f"{path}/ping")
        await receiver.received(1)
        shown = await office.done("GET", path)
        backend.stop()

    [(signed_by, delivery_id, body)] = receiver.taken
    assert (signed_by, delivery_id, body["type"]) == ({"told", "rotated"}, sent["id"], "ping")
    assert made["secret"].startswith("whsec_")
    assert made["secret"] != rotated["secret"]
    assert "secret" not in shown
    assert (shown["events"], shown["enabled"], shown["secret_number"]) == (EVENTS, True, 2)
    assert made["secret"] not in backend.output


async def test_the_office_changes_pings_and_removes_webhooks_and_can_keep_only_so_many(office: Person) -> None:
    new = {"url": "https://receiver.invalid/", "events": EVENTS}
    made = [await office.done("POST", "/webhooks", json=new) for _ in range(MAX_WEBHOOKS)]
    path = f"/webhooks/{made[0]['id']}"
    full = await office.ask("POST", "/webhooks", json=new)
    changed = await office.done("PATCH", path, json={"enabled": False, "events": EVENTS[:1]})
    refused = await office.ask("POST", f"{path}/ping")
    inner = await office.ask("PATCH", path, json={"url": "https://127.0.0.1/"})
    missing = await office.ask("POST", f"{path}/deliveries/none/redeliver")
    await office.done("PATCH", path, json={"enabled": True})
    no_such = await office.ask("POST", f"{path}/deliveries/none/redeliver")
    await office.done("DELETE", path)

    assert (full.status_code, full.json()["error_code"]) == (409, "TOO_MANY_WEBHOOKS")
    assert (changed["enabled"], changed["events"], changed["disabled_reason"]) == (False, EVENTS[:1], None)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "WEBHOOK_DISABLED")
    assert (inner.status_code, inner.json()["details"]["field"]) == (400, "url")
    assert (missing.status_code, no_such.status_code) == (409, 404)
    assert (await office.ask("GET", f"{path}/deliveries")).status_code == 404
    assert len((await office.done("GET", "/webhooks"))["items"]) == MAX_WEBHOOKS - 1
