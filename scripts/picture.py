"""Makes the README's picture: a composed class photo, recognised by the running product and drawn as it answered.

Run it with `.venv/bin/python -m scripts.picture docs/recognised.jpg`. Only photos in the public domain are used.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from rich.console import Console

from attendance_cli.demo.classes import DemoClass, Person
from attendance_cli.demo.story import take_attendance
from attendance_cli.plan import Plan
from attendance_cli.up import running
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

SIZE, FACE_WIDTH = (1280, 720), 150
COLOURS = {"present": (22, 128, 60), "uncertain": (180, 108, 0), "unknown": (90, 90, 96)}
LINE, TEXT = 4, 26


def draw(photo: Image.Image, faces: list[dict[str, Any]], names: dict[str, str]) -> None:
    """Frame each face as the backend told it, and write beneath who it is."""
    pen = ImageDraw.Draw(photo)
    font = ImageFont.load_default(TEXT)
    for face in faces:
        place, colour = face["location"], COLOURS[face["status"]]
        box = (place["left"], place["top"], place["right"], place["bottom"])
        pen.rectangle(box, outline=colour, width=LINE)
        known = face["student_id"] is not None
        words = f"{names[face['student_id']]}: {face['status']}" if known else "unknown"
        label = pen.textbbox((place["left"], place["bottom"] + LINE), words, font=font)
        pen.rectangle((label[0] - LINE, label[1] - LINE, label[2] + LINE, label[3] + LINE), fill=colour)
        pen.text((place["left"], place["bottom"] + LINE), words, font=font, fill="white")


def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.jpg"
        portraits = [sample_portrait(name) for name in ("grace_hopper.jpg", "astronaut.png")]
        composed = compose_class(portraits, size=SIZE, face_width=FACE_WIDTH)
        composed.save(path)
        people = [Person("Grace Hopper", [sample_photo("grace_hopper.jpg")])]
        console = Console(stderr=True, quiet=True)
        with running(Plan(Path(folder) / "home", port=0, ml_port=0), console) as started:
            taken = take_attendance(started.site, DemoClass(people, path), console).taken
    names = {row["student_id"]: row["name"] for row in taken.register["students"]}
    draw(composed.image, taken.capture["faces"], names)
    composed.save(out, quality=85)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
