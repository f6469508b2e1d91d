"""Of a crowd the largest faces are worked on, and the answer says how many were left out."""

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx2
import numpy as np
from PIL import Image

from attendance_ml.faces import DetectedFace, Pose, Quality
from attendance_ml.samples import compose_class, sample_portrait
from attendance_ml.serving.seeing import largest

KEY = "test-key-one"
FINE = Quality(score=1, blur=0, brightness=0.5, pose=Pose(0, 0, 0), reasons=())


def face(left: int, width: int) -> DetectedFace:
    box = (left, 0, left + width, 200)
    return DetectedFace(box=box, landmarks=np.zeros((5, 2), np.float32), score=1, area_ratio=0.1, quality=FINE)


def test_the_largest_stay_in_their_order() -> None:
    row = [face(0, 20), face(100, 60), face(200, 30), face(300, 90), face(400, 60)]
    assert [kept.box[0] for kept in largest(row, 3)] == [100, 300, 400]
    assert largest(row, 5) == row
    assert largest([], 5) == []


def crowd() -> bytes:
    """Two rows: three people near, three far away."""
    people = [sample_portrait(name) for name in ("obama.jpg", "biden.jpg", "grace_hopper.jpg")]
    rows = [np.asarray(compose_class(people, size=(1200, 600), face_width=width).image) for width in (120, 60)]
    stream = io.BytesIO()
    Image.fromarray(np.concatenate(rows)).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def test_the_answer_says_how_many_were_left_out(another_service: Callable[..., AbstractContextManager[str]]) -> None:
    with (
        another_service(ML_MAX_FACES="4") as url,
        httpx2.Client(base_url=f"{url}/api/ml", headers={"X-API-Key": KEY}, timeout=60) as client,
    ):
        detected = client.post("detect-faces", files={"image": crowd()}).json()
        somebody = {"student_id": "s1", "embeddings": [detected["faces"][0]["embedding"]]}
        gallery = json.dumps({"model": detected["metadata"]["model"], "students": [somebody]})
        recognised = client.post("recognize", files={"image": crowd()}, data={"gallery": gallery}).json()
    for answer in (detected, recognised):
        widths = [seen["location"]["right"] - seen["location"]["left"] for seen in answer["faces"]]
        assert (answer["count"], answer["metadata"]["faces_left_out"]) == (4, 2)
        assert sum(width > 90 for width in widths) == 3
    assert [seen["match"]["student_id"] for seen in recognised["faces"]].count("s1") == 1
