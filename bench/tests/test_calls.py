"""What a backend asks its database is read off the wire, and judged by the indexes there are."""

import struct
from collections.abc import Mapping
from typing import Any

import pytest
from bson import encode

from attendance_bench.calls.plans import Index, plans_of
from attendance_bench.calls.wire import Command, commands_in

BY_DAY = Index(("student_id", "date", "_id"))
OF_OPEN = Index(("record_id",), only={"state": "open"})
INDEXES = (BY_DAY, OF_OPEN, Index(("name", "_id")))


def plan(query: Mapping[str, Any], **more: Any) -> tuple[str, str]:
    (made,) = plans_of(Command("find", "records", {"find": "records", "filter": query, **more}), INDEXES)
    return made.index, made.fault


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"_id": "x", "subject_id": {"$in": ["a"]}}, "(_id)"),
        ({"student_id": "x", "status": "late"}, "(student_id)"),
        ({"student_id": "x", "date": {"$gte": "a", "$lt": "b"}, "_id": {"$gt": "c"}}, "(student_id, date)"),
        ({"student_id": {"$in": ["x"]}, "date": "a", "_id": {"$gt": "c"}}, "(student_id, date, _id)"),
        ({"record_id": "x", "state": "open"}, "(record_id)"),
        ({"name": {"$gt": "x"}}, "(name)"),
        ({"_id": {"$gt": "x"}, "student_id": "y"}, "(student_id)"),
    ],
)
def test_a_query_is_looked_up_by_the_first_fields_of_an_index(query: Mapping[str, Any], index: str) -> None:
    assert plan(query) == (index, "")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"status": "late"}, "no index"),
        ({"date": {"$gt": "a"}}, "no index"),
        ({"student_id": {"$ne": "x"}}, "no index"),
        ({"record_id": "x"}, "no index"),
        ({"_id": {"$gt": "a"}}, "no index"),
        ({"student_id": "x", "$or": [{"a": 1}]}, "an $or"),
        ({"$and": [{"_id": "x"}]}, "an $and"),
    ],
)
def test_a_query_that_no_index_answers_is_a_fault(query: Mapping[str, Any], fault: str) -> None:
    assert plan(query) == ("", fault)


def test_the_first_rows_of_everything_come_in_the_order_of_an_index() -> None:
    assert plan({}, sort={"name": -1, "_id": -1}, limit=5) == ("(name, _id) in its order, 5 at most", "")
    assert plan({}, sort={"status": 1}, limit=5) == ("", "sorted by no index")
    assert plan({}) == ("all of it, which is wanted", "")


def test_counting_and_changing_what_was_just_found_are_faults() -> None:
    for name in ("count", "distinct", "findAndModify"):
        (made,) = plans_of(Command(name, "records", {name: "records"}), INDEXES)
        assert made.fault == f"a {name}"
    assert list(plans_of(Command("insert", "records", {"insert": "records"}), INDEXES)) == []


def message(body: Mapping[str, Any], listed: Mapping[str, list[Mapping[str, Any]]]) -> bytes:
    """As the driver sends it: the command, and its list in a section of its own."""
    sections = b"\0" + encode(body)
    for name, rows in listed.items():
        section = name.encode() + b"\0" + b"".join(map(encode, rows))
        sections += b"\1" + struct.pack("<i", len(section) + 4) + section
    rest = struct.pack("<I", 0) + sections
    return struct.pack("<iiii", len(rest) + 16, 1, 0, 2013) + rest


def test_commands_are_read_off_the_wire_however_it_cuts_them() -> None:
    sent = message({"find": "records", "filter": {"a": 1}}, {}) + message(
        {"update": "sessions", "ordered": True}, {"updates": [{"q": {"_id": 1}, "u": {}}, {"q": {"b": 2}, "u": {}}]}
    )
    received = bytearray()
    read = []
    for start in range(0, len(sent), 7):
        received += sent[start : start + 7]
        read += list(commands_in(received))

    assert [(one.name, one.collection) for one in read] == [("find", "records"), ("update", "sessions")]
    assert [plan.fault for one in read for plan in plans_of(one, INDEXES)] == ["no index", "", "no index"]
