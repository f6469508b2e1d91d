"""What is true once nobody works any more: nothing waits, is held or lies about, and the API says the same."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from kills.classroom import Classroom
from kills.recount import STATUSES, Found, counted
from kills.site import Site
from product import ADMINISTRATOR, sign_in
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from attendance_backend.adapters.photos import MARK
from attendance_cli.site import backend_command
from attendance_cli.supervision import ProgramEndedError, run_alone

COLLECTIONS = ("sessions", "captures", "records", "tallies", "week_tallies", "audit")
WRITTEN_IN_TRANSACTIONS = ("sessions", "records", "tallies", "week_tallies")
SETTLE_SECONDS = 120.0
LONG_AGO = timedelta(days=2)
"""What lies about is swept after one."""
Client = MongoClient[dict[str, Any]]
NAME = "smart_attendance"


def settle(client: Client) -> None:
    """Return once no photo waits and no audit entry is unsealed.

    Raises:
        TimeoutError: something waits for ever.
    """
    kept = client[NAME]
    end = time.monotonic() + SETTLE_SECONDS
    while _waits(client):
        if time.monotonic() > end:
            raise TimeoutError(
                f"still waiting: {list(kept.captures.find({'state': {'$ne': 'recognised'}}, {'state': 1}))}"
            )
        time.sleep(0.2)


def _waits(client: Client) -> bool:
    kept = client[NAME]
    states = [kept.captures.find_one({"state": state}, {"_id": 1}) for state in ("received", "leased")]
    return any(states) or kept.audit.find_one({"sealed": False}, {"_id": 1}) is not None


def look(client: Client, room: Classroom) -> Found:
    rows = {name: list(client[NAME][name].find()) for name in COLLECTIONS}
    return Found(room.ledger, frozenset(room.students.values()), rows)


def what_else_is_wrong(site: Site, client: Client, room: Classroom, found: Found) -> tuple[list[str], int]:
    """And how many photos lay about of which nothing tells, until they were swept."""
    orphans = _swept(site, client, found)
    checks = (
        *[f"{what} was answered {times} times" for what, times in room.ledger.setbacks.items() if what[:3] == "500"],
        *_held(client, found),
        *_lying_about(site, client, found),
        *_told_by_commands(site),
        *_told_by_the_api(site, room, found),
    )
    return list(checks), orphans


def _held(client: Client, found: Found) -> Iterator[str]:
    """What a transaction holds that nobody will end can't be written."""
    for name in WRITTEN_IN_TRANSACTIONS:
        for row in found.rows[name]:
            try:
                client[NAME][name].update_one({"_id": row["_id"]}, {"$set": {"looked_at": 1}})
            except OperationFailure as failure:
                yield f"{name} {row['_id']} is held: {failure.code}"


def _swept(site: Site, client: Client, found: Found) -> int:
    """Photos and keys kept for a capture that never was, because its process died before: removed a day later."""
    captures = {row["_id"] for row in found.rows["captures"]}
    photos, keys = _photos(site) - captures, _keys(client) - captures
    past = time.time() - LONG_AGO.total_seconds()
    for photo in photos:
        os.utime(site.stack.home / "photos" / photo, (past, past))
    names = [f"photo:{photo}" for photo in photos | keys]
    made = {"$set": {"creationDate": datetime.now(UTC) - LONG_AGO}}
    client[f"{NAME}_vault"].data_keys.update_many({"keyAltNames": {"$in": names}}, made)
    run_alone(*backend_command(site.stack.home, site.stack.database_uri, "retention"))
    return len(photos | keys)


def _keys(client: Client) -> set[str]:
    """The ids of the photos that have a key."""
    names = [name for row in client[f"{NAME}_vault"].data_keys.find() for name in row["keyAltNames"]]
    return {name.removeprefix("photo:") for name in names if name.startswith("photo:")}


def _photos(site: Site) -> set[str]:
    return {path.name for path in (site.stack.home / "photos").iterdir()} - {MARK}


def _lying_about(site: Site, client: Client, found: Found) -> Iterator[str]:
    """Each capture has its photo and the photo's key; there is no other photo, and no other key."""
    captures = {row["_id"] for row in found.rows["captures"]}
    for what, lying in (("photos", _photos(site)), ("keys", _keys(client))):
        if lying != captures:
            yield f"{what}: {len(lying - captures)} of no capture, {len(captures - lying)} are missing"


def _told_by_commands(site: Site) -> Iterator[str]:
    """The product's own recount and its own look along the audit chain find nothing."""
    asked = (("records", "recount"), ("audit", "verify"))
    for words in asked:
        try:
            told = run_alone(*backend_command(site.stack.home, site.stack.database_uri, *words))
        except ProgramEndedError as error:
            yield str(error)
            continue
        if words == asked[0] and ", 0 of them repaired" not in told:
            yield told.strip()


def _told_by_the_api(site: Site, room: Classroom, found: Found) -> Iterator[str]:
    with sign_in(site.stack, ADMINISTRATOR) as office:
        yield from _records_told(office, found)
        yield from _photos_told(office, found)
        for lessons in room.lessons:
            yield from _totals_told(office, lessons.subject, found)


def _records_told(office: httpx2.Client, found: Found) -> Iterator[str]:
    for session in found.rows["sessions"]:
        told = office.get(f"/sessions/{session['_id']}/records").raise_for_status().json()["items"]
        kept = {row["_id"]: row for row in found.rows["records"] if row["session_id"] == session["_id"]}
        shown = {row["id"]: (row["status"], len(row["history"])) for row in told}
        if shown != {key: (row["status"], len(row["history"])) for key, row in kept.items()}:
            yield f"the records of session {session['_id']} are told otherwise"


def _photos_told(office: httpx2.Client, found: Found) -> Iterator[str]:
    """Each photo comes out as it was sent."""
    sent = {each.told["id"]: each.about["photo"] for each in found.ledger.done("photograph")}
    for row in found.rows["captures"]:
        if office.get(f"/captures/{row['_id']}/photo").raise_for_status().content != sent.get(row["_id"]):
            yield f"the photo of capture {row['_id']} is another"


def _totals_told(office: httpx2.Client, subject: str, found: Found) -> Iterator[str]:
    """Reports say what the records come to."""
    days = {"from": "2026-11-01", "to": "2027-06-30"}
    told = office.get(f"/reports/subjects/{subject}", params=days).raise_for_status().json()["totals"]
    rows = [row for row in found.rows["records"] if row["subject_id"] == subject]
    right: Counter[str] = sum(counted(rows, str).values(), Counter())
    if {status: told[status] for status in STATUSES} != {status: right[status] for status in STATUSES}:
        yield f"the report of subject {subject} says {told}, its records {dict(right)}"
