"""The class of the demo, written as files: photos to enrol, a class photo, and a list of what is on which.

It enrols nobody and recognises nobody.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from attendance_ml.samples.catalogue import SAMPLES, sample_photo
from attendance_ml.samples.compose import NOTICE, ClassPhoto, Place, compose_class, sample_portrait

MANIFEST = "manifest.json"

# One face on the class photo comes from a picture that is not enrolled, one from the enrolled picture itself, since
# there is no other of her among the samples. One enrolled person is not on the photo, one on the photo is not enrolled.
_ENROLLED = {
    "Barack Obama": ("obama.jpg", "obama2.jpg"),
    "Grace Hopper": ("grace_hopper.jpg",),
    "Eileen Collins": ("astronaut.png",),
}
_ON_CLASS_PHOTO = ("obama3.jpg", "biden.jpg", "grace_hopper.jpg")
_SIZE, _FACE_WIDTH = (1920, 1280), 150


def write_demo_class(folder: Path) -> Path:
    """Write the demo's photos into `folder` and return the path of their manifest (JSON).

    The manifest holds `people` (name, photos with file and picture), `class_photo` (file, notice, and its faces with
    picture, person or null, and box in pixels). Raises `SampleMissingError` while the samples are not fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    photo = compose_class([sample_portrait(name) for name in _ON_CLASS_PHOTO], size=_SIZE, face_width=_FACE_WIDTH)
    photo.save(folder / "class.jpg")
    people = [_write_person(folder, name, pictures) for name, pictures in _ENROLLED.items()]
    manifest = folder / MANIFEST
    text = json.dumps({"people": people, "class_photo": _class_photo_entry(photo)}, indent=2)
    manifest.write_text(text, encoding="utf-8")
    return manifest


def _write_person(folder: Path, name: str, pictures: tuple[str, ...]) -> dict[str, Any]:
    home = folder / "people" / name
    home.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        shutil.copyfile(sample_photo(picture), home / picture)
    return {"name": name, "photos": [{"file": f"people/{name}/{picture}", "picture": picture} for picture in pictures]}


def _class_photo_entry(photo: ClassPhoto) -> dict[str, Any]:
    return {"file": "class.jpg", "notice": NOTICE, "faces": [_face_entry(place) for place in photo.places]}


def _face_entry(place: Place) -> dict[str, Any]:
    licence = SAMPLES[place.picture].file.licence
    return {"picture": place.picture, "licence": licence, "person": place.person, "box": asdict(place.face)}
