"""Compares what was acknowledged with what lies in the database. It shares no code with the product.

Each check yields what is wrong, in words. A word on a student is known by its reason: the key it was sent with.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kills.asking import Answered, Ledger

STATUSES = ("present", "late", "absent", "excused")
CREATED = 201
NAMED = frozenset(["present", "uncertain"])
CHANGES = ("mark", "decide", "correct", "remove")
"""Writes of which each changes its session once."""


@dataclass(frozen=True)
class Found:
    """The documents as they lie there, and who answered what."""

    ledger: Ledger
    students: frozenset[str]
    rows: Mapping[str, list[dict[str, Any]]]

    def by_session(self, *kinds: str) -> Mapping[str, list[Answered]]:
        told = defaultdict(list)
        for each in self.ledger.done(*kinds):
            told[each.session].append(each)
        return told


def opened(found: Found) -> Iterator[str]:
    """Each place has one session. A second effect of one key would be told that there is one already."""
    answers = [each for each in found.ledger.answered if each.what == "open"]
    yield from (f"{each.about} was answered {each.status}" for each in answers if each.status != CREATED)
    kept = {row["_id"]: (row["subject_id"], row["date"], row["period"]) for row in found.rows["sessions"]}
    told = {each.told["id"]: tuple(each.about[name] for name in ("subject_id", "date", "period")) for each in answers}
    if kept != told:
        yield f"{len(kept)} sessions are kept, {len(told)} were acknowledged"


def versions(found: Found) -> Iterator[str]:
    """A session's version counts its changes: none is lost, none was made twice."""
    changes, rolls = found.by_session(*CHANGES), found.by_session("roll call")
    for row in found.rows["sessions"]:
        closings = _closings(found, row["_id"])
        reopenings = closings - (row["state"] == "closed")
        expected = 1 + len(changes[row["_id"]]) + len(rolls[row["_id"]]) + closings + reopenings
        if row["version"] != expected:
            yield f"session {row['_id']} is version {row['version']}, its acknowledged changes make {expected}"


def _closings(found: Found, session: str) -> int:
    """How often a session was closed: closing a closed one tells of the same moment."""
    told = [each.told for each in found.by_session("close", "roll call")[session]]
    return len({each["session"]["closed_at"] for each in told} - {None})


def words(found: Found) -> Iterator[str]:
    """The word that stands on each student is one that nobody has replaced since."""
    written: dict[tuple[str, str], list[Answered]] = defaultdict(list)
    for each in found.ledger.done("mark", "roll call", "correct"):
        for student in each.about["students"]:
            written[each.session, student].append(each)
    recorded = {(row["session_id"], row["student_id"]): row for row in found.rows["records"]}
    for row in found.rows["sessions"]:
        for student in found.students:
            cell = row["_id"], student
            word = _recorded(recorded.get(cell)) if row["state"] == "closed" else _marked(row, student)
            standing = {each.key for each in _latest(written[cell])} or {None}
            if word not in standing:
                yield f"of student {student} in session {row['_id']} stands {word}, not one of {standing}"


def _recorded(record: Mapping[str, Any] | None) -> str | None:
    """Of a record that is missing `records` tells."""
    return record["history"][-1]["reason"] if record else None


def _marked(session: Mapping[str, Any], student: str) -> str | None:
    mark = session["marks"].get(student)
    return mark["reason"] if mark else None


def _latest(writes: list[Answered]) -> list[Answered]:
    """Those after which no other has begun: of writes at one moment any may be the last."""
    return [one for one in writes if not any(other.began > one.ended for other in writes)]


def decisions(found: Found) -> Iterator[str]:
    """A word on a face stands until another comes on the face, or on the same student in the photo."""
    kept = {each["_id"] for each in found.rows["captures"]}
    said = [each for each in found.ledger.done("decide") if each.about["capture"] in kept]
    lying = [
        (one["capture_id"], one["face_index"], one["student_id"])
        for row in found.rows["sessions"]
        for one in row["decisions"]
    ]
    rivals = {each.key: [other for other in said if _are_rivals(each, other)] for each in said}
    standing = {_decided(each) for each in said if all(other.ended < each.began for other in rivals[each.key])}
    possible = {_decided(each) for each in said if each in _latest([each, *rivals[each.key]])}
    if len(lying) != len({(capture, face) for capture, face, _ in lying}):
        yield "a face was decided on twice"
    if lost := standing - set(lying):
        yield f"lost: {sorted(lost, key=str)}"
    if old := set(lying) - possible:
        yield f"replaced or of nobody: {sorted(old, key=str)}"


def _decided(each: Answered) -> tuple[str, int, str | None]:
    return each.about["capture"], each.about["face"], each.about["student"]


def _are_rivals(one: Answered, other: Answered) -> bool:
    face = one.about["face"] == other.about["face"]
    student = one.about["student"] is not None and one.about["student"] == other.about["student"]
    return one is not other and one.about["capture"] == other.about["capture"] and (face or student)


def captures(found: Found) -> Iterator[str]:
    """Each acknowledged photo that nobody took back is one capture, recognised, with those on it who were there."""
    removed = {each.about["capture"] for each in found.ledger.done("remove")}
    sent = {each.told["id"]: each for each in found.ledger.done("photograph")}
    if len(sent) != len(found.ledger.done("photograph")):
        yield "two photos became one capture"
    kept = {row["_id"]: row for row in found.rows["captures"]}
    if missing := sent.keys() - removed - kept.keys():
        yield f"captures that are lost: {sorted(missing)}"
    if more := kept.keys() - (sent.keys() - removed):
        yield f"captures that nobody knows of: {sorted(more)}"
    for capture, row in kept.items():
        yield from _capture(row, sent.get(capture))


def _capture(row: Mapping[str, Any], sent: Answered | None) -> Iterator[str]:
    if (row["state"], row["due"], row["lease"]) != ("recognised", None, None):
        yield f"capture {row['_id']} is {row['state']}, due {row['due']}, leased {row['lease']}"
        return
    if sent is None:
        return
    if row["sha256"] != hashlib.sha256(sent.about["photo"]).hexdigest():
        yield f"capture {row['_id']} is of another photo"
    if Counter(face["student_id"] for face in row["recognition"]["faces"]) != Counter(sent.about["shown"]):
        yield f"capture {row['_id']} shows others than were on it"


def records(found: Found) -> Iterator[str]:
    """One for each student of each session that was ever closed, with a history without a gap."""
    kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in found.rows["records"]:
        kept[row["session_id"]].append(row)
    corrected = found.by_session("correct")
    for session in found.rows["sessions"]:
        lines = kept.pop(session["_id"], [])
        expected = sorted(found.students) if _closings(found, session["_id"]) else []
        if sorted(row["student_id"] for row in lines) != expected:
            yield f"session {session['_id']} has {len(lines)} records of {len(expected)}"
        by_id = {row["_id"]: row for row in lines}
        for row in lines:
            yield from _history(row)
        for each in corrected[session["_id"]]:
            history = by_id[each.about["record"]]["history"] if each.about["record"] in by_id else []
            times = [one["reason"] for one in history].count(each.key)
            if times != 1:
                yield f"correction {each.key} is {times} times in its record"
    yield from (f"records of no session: {session}" for session in kept)


def _history(row: Mapping[str, Any]) -> Iterator[str]:
    history, name = row["history"], f"record {row['_id']}"
    if [each["from_status"] for each in history] != [None, *(each["to"] for each in history[:-1])]:
        yield f"{name} has a gap in its history"
    if row["status"] != history[-1]["to"]:
        yield f"{name} is {row['status']}, its history ends with {history[-1]['to']}"
    if sorted(each["at"] for each in history) != [each["at"] for each in history]:
        yield f"the history of {name} goes back in time"
    reasons = Counter(each["reason"] for each in history if each["reason"])
    yield from (f"{name} tells {times} times of {reason}" for reason, times in reasons.items() if times > 1)


def totals(found: Found) -> Iterator[str]:
    """What is kept of each day and week is what its records come to."""
    for collection, by, first in (("tallies", "date", str), ("week_tallies", "monday", _monday)):
        right = counted(found.rows["records"], first)
        kept = {
            (row["subject_id"], row[by], student): +Counter(numbers)
            for row in found.rows[collection]
            for student, numbers in row["students"].items()
            if any(numbers.values())
        }
        if kept != right:
            wrong = [key for key in kept.keys() | right.keys() if kept.get(key) != right.get(key)]
            yield f"{len(wrong)} of {len(right)} in {collection} are wrong, {wrong[0]}: {kept.get(wrong[0])}"


def counted(rows: Iterable[Mapping[str, Any]], day_of: Any) -> dict[tuple[str, str, str], Counter[str]]:
    """Statuses by subject, day (or what `day_of` makes of it) and student."""
    sums: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        sums[row["subject_id"], day_of(row["date"]), row["student_id"]][row["status"]] += 1
    return dict(sums)


def _monday(day: str) -> str:
    given = date.fromisoformat(day)
    return (given - timedelta(days=given.weekday())).isoformat()


def audited(found: Found) -> Iterator[str]:
    """Each change that is told of in the audit log is told of once."""
    told = Counter(row["action"] for row in found.rows["audit"])
    corrections = Counter(row["target_id"] for row in found.rows["audit"] if row["action"] == "record corrected")
    closings = sum(_closings(found, row["_id"]) for row in found.rows["sessions"])
    expected = {
        "session opened": len(found.ledger.done("open")),
        "session closed": closings,
        "session reopened": closings - sum(row["state"] == "closed" for row in found.rows["sessions"]),
        "capture removed": len(found.ledger.done("remove")),
        "record corrected": len(found.ledger.done("correct")),
    }
    for action, times in expected.items():
        if told[action] != times:
            yield f"'{action}' is told {told[action]} times of {times}"
    if corrections != Counter(each.about["record"] for each in found.ledger.done("correct")):
        yield "corrections are told of other records"


def chained(found: Found) -> Iterator[str]:
    """All entries are in the chain, each behind the one before it."""
    seals = sorted((row["seal"] for row in found.rows["audit"] if row.get("seal")), key=lambda seal: seal["number"])
    if len(seals) != len(found.rows["audit"]):
        yield f"{len(seals)} of {len(found.rows['audit'])} entries are sealed"
    if [seal["number"] for seal in seals] != list(range(1, len(seals) + 1)):
        yield "the chain has a gap"
    if [seal["previous"] for seal in seals[1:]] != [seal["hash"] for seal in seals[:-1]]:
        yield "the chain does not hold"


CHECKS = (opened, versions, words, decisions, captures, records, totals, audited, chained)


def everything_wrong(found: Found) -> list[str]:
    """What each check found, behind its name."""
    return [f"{check.__name__}: {fault}" for check in CHECKS for fault in check(found)]
