"""One box of a photo, over HTTP."""

import base64
import io

import httpx2
from PIL import Image

from attendance_ml.samples import sample_photo


def test_a_box_of_the_photo_comes_back_small_and_with_nothing_around_it(client: httpx2.Client) -> None:
    colours = Image.new("RGB", (800, 600), "red")
    colours.paste("blue", (100, 50, 700, 350))
    photo = io.BytesIO()
    colours.save(photo, "PNG")
    box = {"top": 50, "right": 700, "bottom": 350, "left": 100}

    answer = client.post("/api/ml/crop", content=photo.getvalue(), params=box).json()

    crop = Image.open(io.BytesIO(base64.b64decode(answer["jpeg"])))
    assert (crop.format, crop.size, (answer["width"], answer["height"])) == ("JPEG", (256, 128), (256, 128))
    colours_seen = [crop.getpixel(corner) for corner in ((0, 0), (255, 127))]
    assert all(red < 60 and blue > 200 for red, _, blue in colours_seen)


def test_a_box_outside_of_the_photo_is_refused_and_one_over_its_edge_is_cut(client: httpx2.Client) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    outside = client.post("/api/ml/crop", content=photo, params={"top": 0, "right": 99999, "bottom": 9, "left": 99990})
    over = client.post("/api/ml/crop", content=photo, params={"top": 0, "right": 99999, "bottom": 40, "left": 0})

    assert (outside.status_code, outside.json()["error_code"]) == (400, "INVALID_REQUEST")
    assert (over.status_code, over.json()["width"]) == (200, 256)
