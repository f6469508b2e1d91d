"""HEIC as phones write it, and as nobody should: the same faces as on a JPEG, or a refusal, and no harm done."""

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from photos import ORIENTATION_TAG, STORED_AS, as_heic, notes, stored_as, with_heic_size
from PIL import Image, ImageDraw

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import DetectedFace, FaceEngine, FacesError, Photo, decode_image, heic
from attendance_ml.faces.heic import HeicProgramError, decode_heic
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

GROUP_PHOTOS = Path(__file__).parents[4] / "shared" / "data" / "group-photos"
SIZE = (96, 64)
FINE = {"quality": 95, "chroma": "444"}


def scene() -> Image.Image:
    """Wider than high, red above blue with a green patch top left, so that no turn or flip looks like another."""
    image = Image.new("RGB", SIZE, "blue")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 95, 31), fill="red")
    draw.rectangle((0, 0, 23, 15), fill="lime")
    return image


def shows_scene(photo: Photo) -> bool:
    """Whether the scene is there, upright, by the colours in the middle of its patches."""
    expected = {(10, 7): (0, 255, 0), (70, 12): (255, 0, 0), (70, 50): (0, 0, 255)}
    shown = all(np.abs(photo.pixels[y, x].astype(int) - rgb).max() <= 40 for (x, y), rgb in expected.items())
    return shown and (photo.width, photo.height) == SIZE and photo.pixels.flags.c_contiguous


def refusal(data: bytes) -> FacesError:
    with pytest.raises(FacesError) as caught:
        decode_image(data)
    return caught.value


@pytest.mark.parametrize("tile_size", [0, 64])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_a_photo_is_turned_once_though_its_container_and_its_exif_both_say_how(
    orientation: int, tile_size: int
) -> None:
    photo = as_heic(scene(), orientation, tile_size=tile_size, **FINE)
    with Image.open(io.BytesIO(photo)) as seen:
        assert (seen.info["original_orientation"] or 1) == orientation, "EXIF says it too"
    assert shows_scene(decode_image(photo))


def test_exif_alone_turns_no_heic_as_the_standard_says() -> None:
    written = io.BytesIO()
    stored = stored_as(scene(), 6)
    stored.save(written, "HEIF", exif=notes(6))  # notes that are no bytes stay out of the container
    photo = decode_image(written.getvalue())
    assert notes(6)[ORIENTATION_TAG] == 6
    assert (photo.width, photo.height) == stored.size


@pytest.mark.parametrize("bits", [10, 12])
def test_ten_and_twelve_bits_become_eight(bits: int) -> None:
    deep = np.asarray(scene()).astype("<u2") << (bits - 8)
    written = io.BytesIO()
    pillow_heif.encode(f"RGB;{bits}", SIZE, deep.tobytes(), written, **FINE)
    assert pillow_heif.open_heif(written.getvalue()).info["bit_depth"] == bits
    assert shows_scene(decode_image(written.getvalue()))


def test_sixteen_levels_of_grey_keep_their_order() -> None:
    ramp = np.repeat(np.linspace(0, 65_535, SIZE[0], dtype="<u2")[None], SIZE[1], axis=0)
    written = io.BytesIO()
    pillow_heif.encode("L;16", SIZE, ramp.tobytes(), written, quality=-1)
    row = decode_image(written.getvalue()).pixels[20, :, 0].astype(int)
    assert np.abs(row - np.linspace(0, 255, SIZE[0])).max() <= 3


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    pixels = decode_image(as_heic(scene().convert(mode), **FINE)).pixels
    assert pixels.shape == (*SIZE[::-1], 3)
    grey = (pixels[..., 0] == pixels[..., 2]).all()
    assert grey == (mode == "L")


def test_transparent_parts_turn_white_in_every_strip_of_a_high_photo() -> None:
    image = Image.new("RGBA", (40, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 90, 40, 100))
    pixels = decode_image(as_heic(image, **FINE)).pixels
    assert (pixels[:80] > 240).all()
    assert (pixels[95, 20] > (200, -1, -1)).all()
    assert pixels[95, 20, 1] < 60


def test_of_several_images_the_primary_one_is_read() -> None:
    written = io.BytesIO()
    other = Image.new("RGB", (48, 48), "black")
    other.save(written, "HEIF", save_all=True, append_images=[scene(), other], primary_index=1, **FINE)
    assert shows_scene(decode_image(written.getvalue()))


def test_a_side_that_is_no_whole_number_of_blocks_is_kept() -> None:
    photo = decode_image(as_heic(Image.new("RGB", (97, 61), "red")))
    assert (photo.width, photo.height) == (97, 61)


def faces_of(engine: FaceEngine, photo: Photo) -> tuple[list[DetectedFace], np.ndarray]:
    found = engine.detect(photo, min_face_size=12, min_face_area_ratio=0.0)
    return found, engine.embed(photo, found, flip=False)


@pytest.fixture(scope="module")
def class_picture() -> Image.Image:
    portraits = [sample_portrait(name) for name in ("obama.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png")]
    return compose_class(portraits, size=(1920, 1280), face_width=150).image


@pytest.fixture(scope="module")
def on_jpeg(engine: FaceEngine, class_picture: Image.Image) -> tuple[list[DetectedFace], np.ndarray]:
    written = io.BytesIO()
    class_picture.save(written, "JPEG", quality=92)
    return faces_of(engine, decode_image(written.getvalue()))


@pytest.mark.parametrize("orientation", STORED_AS)
def test_a_class_has_the_same_faces_in_heic_as_in_jpeg(
    engine: FaceEngine,
    class_picture: Image.Image,
    on_jpeg: tuple[list[DetectedFace], np.ndarray],
    orientation: int,
) -> None:
    expected, vectors = on_jpeg

    found, again = faces_of(engine, decode_image(as_heic(class_picture, orientation, tile_size=512)))

    assert len(found) == len(expected) >= 4
    assert max(np.abs(np.subtract(a.box, b.box)).max() for a, b in zip(expected, found, strict=True)) <= 6
    large = [face.size >= 80 for face in expected]
    assert (vectors * again).sum(axis=1)[large].min() > 0.99


@pytest.mark.data
@pytest.mark.skipif(not GROUP_PHOTOS.exists(), reason="the photos of ../shared/data are not there")
@pytest.mark.parametrize("name", ["009_C.jpg", "011_3.jpg", "015_6.jpg"])
def test_groups_have_the_same_faces_in_heic_as_in_jpeg(engine: FaceEngine, name: str) -> None:
    jpeg = (GROUP_PHOTOS / name).read_bytes()
    with Image.open(io.BytesIO(jpeg)) as picture:
        again_coded = as_heic(picture.convert("RGB"), 6, tile_size=512)

    expected, vectors = faces_of(engine, decode_image(jpeg))
    found, again = faces_of(engine, decode_image(again_coded))

    assert len(found) == len(expected) > 0
    alike = (vectors * again).sum(axis=1)
    assert np.median(alike) > 0.99
    assert alike.min() > 0.9, "the smallest face, of 34 pixels, loses most by being coded twice"


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.95])
def test_truncated_photos_are_refused(share: float) -> None:
    with Image.open(sample_photo("grace_hopper.jpg")) as picture:
        whole = as_heic(picture)
    assert refusal(whole[: max(16, int(len(whole) * share))]).code is ErrorCode.INVALID_IMAGE


@pytest.mark.parametrize("rest", [b"", bytes(300), b"\xff" * 300])
def test_a_head_without_an_image_is_refused(rest: bytes) -> None:
    assert refusal(as_heic(scene())[:28] + rest).code is ErrorCode.INVALID_IMAGE


@given(
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
    tile_size=st.sampled_from([0, 64]),
)
@settings(max_examples=60)
def test_damaged_bytes_give_a_photo_or_a_documented_refusal(flips: list[tuple[int, int]], tile_size: int) -> None:
    damaged = bytearray(as_heic(scene(), 6, tile_size=tile_size))
    for place, value in flips:
        damaged[place % len(damaged)] = value
    try:
        outcome: object = decode_image(bytes(damaged)).pixels.dtype
    except FacesError as refused:
        outcome = refused.code
    allowed = {np.dtype(np.uint8), ErrorCode.INVALID_IMAGE, ErrorCode.INVALID_FORMAT, ErrorCode.INVALID_DIMENSIONS}
    assert outcome in allowed


def test_too_many_pixels_are_refused_by_the_header() -> None:
    error = refusal(with_heic_size(as_heic(scene()), 30_000, 20_000))
    assert error.code is ErrorCode.INVALID_DIMENSIONS
    assert error.details["actual"] == 600_000_000


def test_too_few_pixels_are_refused_by_the_header() -> None:
    assert refusal(as_heic(Image.new("RGB", (200, 12)))).code is ErrorCode.INVALID_DIMENSIONS


def test_a_header_that_tells_less_than_there_is_does_not_fill_the_memory() -> None:
    hidden = with_heic_size(as_heic(Image.new("RGB", (4000, 4000), "grey")), 64, 48)
    assert refusal(hidden).code is ErrorCode.INVALID_IMAGE


def while_it_decodes(look: Callable[[psutil.Process], None]) -> None:
    """Look at the decoding program, while it waits to be told that the size of a photo is fine."""

    def check(_width: int, _height: int) -> None:
        (program,) = [child for child in psutil.Process().children() if str(heic.PROGRAM) in child.cmdline()]
        look(program)

    decode_heic(as_heic(scene()), check)


def test_the_decoder_runs_beside_the_service_and_is_handed_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_API_KEYS", "the-key")
    seen: list[dict[str, str]] = []
    while_it_decodes(lambda program: seen.append(program.environ()))
    assert len(seen) == 1
    assert "ML_API_KEYS" not in seen[0]
    imported = subprocess.run(
        [sys.executable, "-c", "import sys, attendance_ml.serving.main; print('pillow_heif' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.strip() == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to these bounds")
def test_the_decoder_is_kept_to_bounds_of_time_and_memory() -> None:
    seen: list[tuple[int, int]] = []
    while_it_decodes(
        lambda program: seen.extend(
            program.rlimit(kind) for kind in (psutil.RLIMIT_CPU, psutil.RLIMIT_AS, psutil.RLIMIT_CORE)
        )
    )
    assert seen == [(10, 11), (3 * 2**29, 3 * 2**29), (0, 0)]


@pytest.mark.parametrize("broken_by", [signal.SIGSEGV, signal.SIGABRT, signal.SIGXCPU])
def test_a_decoder_that_a_photo_breaks_means_that_the_photo_is_refused(broken_by: signal.Signals) -> None:
    with pytest.raises(ValueError, match="does not decode"):
        while_it_decodes(lambda program: program.send_signal(broken_by))


# Not SIGINT or SIGHUP: whoever starts the tests in the background may have had them ignored, for children too.
@pytest.mark.parametrize("stopped_by", [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1])
def test_a_decoder_that_somebody_stops_is_no_fault_of_the_photo(stopped_by: signal.Signals) -> None:
    with pytest.raises(HeicProgramError):
        while_it_decodes(lambda program: program.send_signal(stopped_by))


def test_an_installation_without_the_decoder_is_no_fault_of_the_photo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "program.py"
    empty.write_text("import a_library_that_is_not_there", encoding="utf-8")
    monkeypatch.setattr(heic, "PROGRAM", empty)
    with pytest.raises(HeicProgramError, match="status 1"):
        decode_image(as_heic(scene()))

    monkeypatch.setattr("sys.executable", str(tmp_path / "no-interpreter"))
    with pytest.raises(HeicProgramError, match="does not start"):
        decode_image(as_heic(scene()))
