"""The photos of tests, demo and bench: where each comes from, who is on it, on what terms. It ships none of them."""

from dataclasses import dataclass
from pathlib import Path

from attendance_ml.faces.models import cache_folder
from attendance_ml.faces.models.checksums import require_checksum_once
from attendance_ml.faces.models.sources import Package, RemoteFile

_FACE_RECOGNITION_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_NASA = "public domain (NASA)"
_NAVY = "public domain (US Navy)"
_TEST_IMAGE = "test image of face_recognition; for testing only"


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels from the upper left corner; right and bottom are just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class SamplePhoto:
    """One photo. `face` is the box that YuNet 2023mar puts around its only whole face, None where there is none."""

    file: RemoteFile
    person: str | None = None
    face: Box | None = None

    @property
    def name(self) -> str:
        return self.file.filename


class SampleMissingError(Exception):
    """A sample photo has not been fetched yet."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(
            f"The sample photo {name} is not in {folder}. Bring it with: python -m attendance_ml samples fetch"
        )


def _file(name: str, size: int, sha256: str, licence: str, package: Package) -> RemoteFile:
    return RemoteFile(name, sha256, size, licence, (package,))


def _test_image(name: str, size: int, sha256: str) -> RemoteFile:
    member = f"face_recognition-1.3.0/tests/test_images/{name}"
    package = Package("face_recognition", "1.3.0", member, source_sha256=_FACE_RECOGNITION_SHA256)
    return _file(name, size, sha256, _TEST_IMAGE, package)


def _scikit_image(name: str, size: int, sha256: str, licence: str) -> RemoteFile:
    return _file(name, size, sha256, licence, Package("scikit-image", "0.26.0", f"skimage/data/{name}"))


_PHOTOS = (
    SamplePhoto(
        _test_image("obama.jpg", 279_922, "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
        person="Barack Obama",
        face=Box(372, 91, 612, 420),
    ),
    SamplePhoto(
        _test_image("obama2.jpg", 184_455, "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
        person="Barack Obama",
        face=Box(202, 229, 477, 634),
    ),
    SamplePhoto(
        _test_image("obama3.jpg", 595_944, "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
        person="Barack Obama",
        face=Box(644, 274, 909, 618),
    ),
    SamplePhoto(
        _test_image("biden.jpg", 353_723, "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
        person="Joe Biden",
        face=Box(416, 176, 716, 578),
    ),
    # The same picture as obama2.jpg, with a fourth channel.
    SamplePhoto(
        _test_image("32bit.png", 887_446, "44dca895a7d635a4aedddd91a4f37af9a8a5b44e66154282a24645a757b5f627"),
        person="Barack Obama",
        face=Box(202, 229, 477, 634),
    ),
    # The two cut-outs of obama.jpg end in the middle of the face.
    SamplePhoto(
        _test_image(
            "obama_partial_face.jpg", 423_060, "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117"
        ),
        person="Barack Obama",
    ),
    SamplePhoto(
        _test_image(
            "obama_partial_face2.jpg", 478_346, "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028"
        ),
        person="Barack Obama",
    ),
    SamplePhoto(
        _file(
            "grace_hopper.jpg",
            61_306,
            "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
            _NAVY,
            Package("matplotlib", "3.11.2", "matplotlib/mpl-data/sample_data/grace_hopper.jpg"),
        ),
        person="Grace Hopper",
        face=Box(183, 120, 353, 332),
    ),
    SamplePhoto(
        _scikit_image(
            "astronaut.png", 791_555, "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5", _NASA
        ),
        person="Eileen Collins",
        face=Box(178, 63, 268, 176),
    ),
    # Nobody knows the photographer's name; he is seen from the side.
    SamplePhoto(
        _scikit_image(
            "camera.png",
            139_512,
            "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
            "CC0 (Lav Varshney)",
        ),
        face=Box(196, 113, 257, 194),
    ),
    SamplePhoto(
        _scikit_image(
            "coffee.png",
            466_706,
            "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
            "CC0 (Rachel Michetti)",
        )
    ),
    SamplePhoto(
        _scikit_image(
            "chelsea.png",
            240_512,
            "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
            "CC0 (Stefan van der Walt)",
        )
    ),
    SamplePhoto(
        _scikit_image(
            "rocket.jpg",
            112_525,
            "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
            "public domain (SpaceX)",
        )
    ),
    SamplePhoto(
        _scikit_image(
            "text.png", 42_704, "bd84aa3a6e3c9887850d45d606c96b2e59433fbef50338570b63c319e668e6d1", "public domain"
        )
    ),
    SamplePhoto(
        _scikit_image(
            "coins.png",
            75_825,
            "f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
            "no known copyright restrictions",
        )
    ),
)

SAMPLES: dict[str, SamplePhoto] = {photo.name: photo for photo in _PHOTOS}


def samples_folder() -> Path:
    return cache_folder() / "samples"


def sample_photo(name: str) -> Path:
    """Return the verified file of the sample called `name`, as `obama.jpg`.

    Raises `KeyError` for a name that is not in the catalogue, `SampleMissingError`, `WrongChecksumError`.
    """
    photo = SAMPLES[name]
    path = samples_folder() / photo.name
    if not path.exists():
        raise SampleMissingError(name, samples_folder())
    require_checksum_once(path, photo.file)
    return path
