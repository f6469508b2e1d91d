"""Taking attendance over HTTP, from the photo to the exported register."""

from backend.tests.conftest import Class
from backend.tests.simulator import photo_of


async def test_a_class_photo_becomes_a_register(a_class: Class):
    shown = await a_class.teacher.done(
        "POST", f"/sessions/{a_class.session}/captures", content=photo_of("ann", "stranger")
    )

    assert shown["state"] == "recognised"
    assert [face["student_id"] for face in shown["faces"]] == [a_class.ann, None]
    assert [face["status"] for face in shown["faces"]] == ["present", "unknown"]
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert {row["name"]: row["status"] for row in register["students"]} == {
        "ann": "present",
        "ben": "unmarked",
        "cleo": "unmarked",
    }
    assert [face["face_index"] for face in register["unknown_faces"]] == [1]

    closed = await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    assert closed["records"] == 3
    records = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/records")
    assert {record["student_id"]: record["status"] for record in records["items"]} == {
        a_class.ann: "present",
        a_class.ben: "absent",
        a_class.cleo: "absent",
    }
    exported = await a_class.teacher.ask("GET", f"/sessions/{a_class.session}/export.csv")
    assert exported.content.startswith(b"\xef\xbb\xbf")
    assert "R-ann,ann,present,face" in exported.text
