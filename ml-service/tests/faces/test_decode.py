"""Bytes of every kind, from honest photos to bombs."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photos import STORED_AS, notes, stored_as
from PIL import Image, ImageDraw

from attendance_contract.errors import ErrorCode
from attendance_ml.faces import FacesError, ImageLimits, Photo, decode_image, encode_upright_jpeg
from attendance_ml.faces.decode import upright
from attendance_ml.faces.resize import shrink
from attendance_ml.samples import sample_photo

SIZE = (96, 64)
MEBIBYTE = 2**20


def scene() -> Image.Image:
    """Wider than high, red above blue with a green patch top left, so that no turn or flip looks like another."""
    image = Image.new("RGB", SIZE, "blue")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 95, 31), fill="red")
    draw.rectangle((0, 0, 23, 15), fill="lime")
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and brings next to none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )


def refusal(data: bytes, limits: ImageLimits | None = None) -> FacesError:
    with pytest.raises(FacesError) as caught:
        decode_image(data, limits) if limits else decode_image(data)
    return caught.value


def assert_shows_scene(pixels: np.ndarray, tolerance: int = 12) -> None:
    """Colours in the middle of the patches; lossy formats bleed at their borders."""
    for (x, y), colour in {(10, 7): (0, 255, 0), (70, 12): (255, 0, 0), (70, 50): (0, 0, 255)}.items():
        assert np.abs(pixels[y, x].astype(int) - colour).max() <= tolerance


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
    ],
)
def test_each_format_gives_rgb_pixels_of_the_same_scene(kind: str, options: dict[str, object]) -> None:
    photo = decode_image(encoded(scene(), kind, **options))
    assert (photo.width, photo.height) == SIZE
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert_shows_scene(photo.pixels, tolerance=40)


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK", "YCbCr"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    kind = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    options = {"quality": 98, "subsampling": 0} if kind == "JPEG" else {}
    assert_shows_scene(decode_image(encoded(scene().convert(mode), kind, **options)).pixels, tolerance=40)


def test_transparent_parts_turn_white() -> None:
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    assert (decode_image(encoded(image, "PNG")).pixels == 255).all()


def test_a_transparent_colour_of_a_palette_turns_white() -> None:
    image = Image.new("P", SIZE, 3)
    image.putpalette(bytes(range(48)))
    assert (decode_image(encoded(image, "PNG", transparency=3)).pixels == 255).all()


@pytest.mark.parametrize(("mode", "level", "expected"), [("L", 77, 77), ("I;16", 77 * 256, 77), ("1", 1, 255)])
def test_grey_photos_keep_their_levels(mode: str, level: int, expected: int) -> None:
    image = Image.fromarray(np.full(SIZE, level, np.uint16)) if mode == "I;16" else Image.new(mode, SIZE, level)
    assert (decode_image(encoded(image, "PNG")).pixels == expected).all()


def test_a_grey_jpeg_becomes_rgb() -> None:
    pixels = decode_image(encoded(scene().convert("L"), "JPEG")).pixels
    assert (pixels[..., 0] == pixels[..., 2]).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_exif_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    photo = decode_image(encoded(stored_as(scene(), orientation), kind, exif=notes(orientation), **options))
    assert (photo.width, photo.height) == SIZE
    assert_shows_scene(photo.pixels, tolerance=40)


@pytest.mark.parametrize("orientation", STORED_AS)
def test_turning_moves_every_pixel_to_its_place(orientation: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (70, 101, 3), dtype=np.uint8)
    stored = np.asarray(stored_as(Image.fromarray(pixels), orientation))
    turned = upright(stored, orientation)
    np.testing.assert_array_equal(turned, pixels)
    assert turned.flags.c_contiguous


def twelve_megapixels() -> Image.Image:
    """A sample photo enlarged beyond what a camera's photo is looked at first in, and of odd sides."""
    with Image.open(sample_photo("grace_hopper.jpg")) as image:
        return image.convert("RGB").resize((3001, 3841))


@pytest.mark.parametrize("orientation", STORED_AS)
def test_a_cameras_jpeg_comes_at_half_its_size_too(orientation: int) -> None:
    upright_scene = scene().resize((3841, 2561))
    photo = decode_image(encoded(stored_as(upright_scene, orientation), "JPEG", quality=90, exif=notes(orientation)))
    assert photo.half is not None
    assert (photo.width, photo.height) == (3841, 2561)
    assert photo.half.shape == (1281, 1921, 3)
    assert photo.half.flags.c_contiguous
    at_scene_size = Image.fromarray(photo.half).resize(SIZE)
    assert_shows_scene(np.asarray(at_scene_size), tolerance=40)


def test_the_half_shows_what_the_means_of_the_whole_show() -> None:
    photo = decode_image(encoded(twelve_megapixels(), "JPEG", quality=92))
    assert photo.half is not None
    difference = np.abs(photo.half[:1920].astype(int) - shrink(photo.pixels, 1921)[:1920])
    assert difference.mean() < 1


@pytest.mark.parametrize(
    ("size", "kind", "options"),
    [
        ((3839, 100), "JPEG", {}),
        ((3840, 100), "JPEG", {"progressive": True}),
        ((3840, 100), "PNG", {}),
        ((5000, 4001), "JPEG", {}),
    ],
    ids=["small", "progressive", "no JPEG", "too large"],
)
def test_other_photos_come_whole_only(size: tuple[int, int], kind: str, options: dict[str, object]) -> None:
    photo = decode_image(encoded(Image.new("RGB", size, "teal"), kind, **options))
    assert photo.half is None
    assert (photo.width, photo.height) == size


def test_a_large_jpeg_that_ends_early_is_refused() -> None:
    whole = encoded(twelve_megapixels(), "JPEG")
    assert refusal(whole[: len(whole) // 2]).code is ErrorCode.INVALID_IMAGE


def orientation_as(kind: int, value: bytes) -> bytes:
    """EXIF notes whose only entry is an orientation, of some TIFF type."""
    return b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHI4s", 0x0112, kind, 1, value) + bytes(4)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "notes",
    [
        b"neither II nor MM",
        b"II*\x00\xff\xff\xff\xff",
        orientation_as(7, b"\x06\x00\x00\x00"),  # of a type that is no number
        orientation_as(11, struct.pack("<f", np.inf)),
        orientation_as(3, b"\x63\x00\x00\x00"),  # a 99th way to turn
    ],
)
def test_unreadable_exif_does_not_spoil_the_photo(notes: bytes) -> None:
    photo = decode_image(encoded(scene(), "JPEG", quality=95, subsampling=0, exif=b"Exif\x00\x00" + notes))
    assert_shows_scene(photo.pixels, tolerance=40)


def test_a_jpeg_whose_notes_no_library_but_the_decoder_bears_is_read_as_it_lies() -> None:
    whole = encoded(scene(), "JPEG", quality=95, subsampling=0)
    with_short_note = whole[:2] + b"\xff\xe0\x00\x06JFIF" + whole[2:]
    assert_shows_scene(decode_image(with_short_note).pixels, tolerance=40)


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am a text file", b"GIF89a" + bytes(40), b"\x00\x00\x00\x18ftypavif" + bytes(40)]
)
def test_other_files_are_refused_by_their_first_bytes(data: bytes) -> None:
    assert refusal(data).code is ErrorCode.INVALID_FORMAT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated_images_are_refused(kind: str, share: float) -> None:
    whole = encoded(Image.open(sample_photo("grace_hopper.jpg")), kind)
    assert refusal(whole[: int(len(whole) * share)]).code is ErrorCode.INVALID_IMAGE


def test_bytes_after_the_end_of_a_jpeg_are_ignored_as_cameras_put_previews_there() -> None:
    whole = encoded(scene(), "JPEG", quality=95, subsampling=0)
    assert_shows_scene(decode_image(whole + b"\x00\x01" * 500 + whole).pixels, tolerance=40)


@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), place=st.floats(0, 1), rubbish=st.binary(min_size=1, max_size=8))
def test_damaged_bytes_give_a_photo_or_a_refusal_and_nothing_else(kind: str, place: float, rubbish: bytes) -> None:
    whole = encoded(scene(), kind)
    start = int(place * len(whole))
    damaged = whole[:start] + rubbish + whole[start + len(rubbish) :]
    try:
        outcome = decode_image(damaged).pixels.dtype == np.uint8
    except FacesError as error:
        outcome = bool(error.message)
    assert outcome


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_header_without_an_image_is_refused(kind: str) -> None:
    whole = encoded(scene(), kind)
    assert refusal(whole[:12] + bytes(200)).code is ErrorCode.INVALID_IMAGE


def test_a_webp_of_an_unknown_kind_is_refused() -> None:
    assert refusal(b"RIFF\x20\x00\x00\x00WEBPVP9 " + bytes(40)).code is ErrorCode.INVALID_IMAGE


def test_too_many_bytes_are_refused_before_anything_is_read() -> None:
    error = refusal(bytes(25 * MEBIBYTE))
    assert error.code is ErrorCode.IMAGE_TOO_LARGE
    assert error.details == {"limit": 20 * MEBIBYTE, "actual": 25 * MEBIBYTE}


def webp_canvas(width: int, height: int) -> bytes:
    """An extended WebP's header with so large a canvas."""
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x60\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + body + bytes(64)


@pytest.mark.parametrize("bomb", [png_header(30_000, 30_000), webp_canvas(16_000, 16_000)])
def test_a_bomb_is_refused_by_its_header_and_costs_nothing(bomb: bytes) -> None:
    tracemalloc.start()
    error = refusal(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code is ErrorCode.INVALID_DIMENSIONS
    assert error.details["limit"] == 50_000_000
    assert peak < MEBIBYTE


def test_a_jpeg_of_too_many_pixels_is_refused_by_its_header() -> None:
    small = encoded(scene(), "JPEG")
    frame = small.index(b"\xff\xc0")
    bomb = small[: frame + 5] + struct.pack(">HH", 60_000, 60_000) + small[frame + 9 :]
    error = refusal(bomb)
    assert error.code is ErrorCode.INVALID_DIMENSIONS
    assert error.details["actual"] == 3_600_000_000


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    whole = encoded(scene(), "JPEG", progressive=True)
    scan = whole.index(b"\xff\xda")
    bomb = whole[:scan] + whole[scan : scan + 14] * 1000 + whole[scan:]
    assert refusal(bomb).code is ErrorCode.INVALID_IMAGE


def test_an_image_too_small_for_a_face_is_refused() -> None:
    error = refusal(encoded(Image.new("RGB", (400, 8)), "PNG"))
    assert error.code is ErrorCode.INVALID_DIMENSIONS
    assert error.details["actual"] == 8


def test_limits_can_be_set_lower() -> None:
    data = encoded(scene(), "PNG")
    assert refusal(data, ImageLimits(max_bytes=10)).code is ErrorCode.IMAGE_TOO_LARGE
    assert refusal(data, ImageLimits(max_pixels=1000)).code is ErrorCode.INVALID_DIMENSIONS


def test_an_upright_jpeg_is_at_most_as_large_as_asked(photo: Callable[[str], Photo]) -> None:
    original = photo("obama2.jpg")
    made = encode_upright_jpeg(original, max_side=320)
    shown = decode_image(made.content)
    assert (shown.width, shown.height) == (made.width, made.height)
    assert max(shown.width, shown.height) == 320
    assert shown.width / shown.height == pytest.approx(original.width / original.height, rel=0.01)


def test_a_small_photo_keeps_its_size_as_upright_jpeg(photo: Callable[[str], Photo]) -> None:
    original = photo("grace_hopper.jpg")
    shown = decode_image(encode_upright_jpeg(original).content)
    assert shown.pixels.shape == original.pixels.shape
    assert np.abs(shown.pixels.astype(int) - original.pixels).mean() < 3


def test_an_upright_jpeg_tells_nothing_but_the_picture() -> None:
    sent = decode_image(encoded(scene(), "JPEG", exif=notes(6)))
    with Image.open(io.BytesIO(encode_upright_jpeg(sent).content)) as shown:
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_notes_that_can_not_be_read_do_not_spoil_a_photo(kind: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, kind, exif=b"Exif\x00\x00no such thing")
    photo = decode_image(written.getvalue())
    assert (photo.width, photo.height) == (40, 30)


TWO_AT_ONCE = """
import re, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from attendance_ml.faces import decode_image
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
data = Path(sys.argv[1]).read_bytes()
before = peak()
with ThreadPoolExecutor(2) as both:
    assert [photo.width for photo in both.map(decode_image, [data, data])] == [6000, 6000]
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in kilobytes on Linux")
def test_two_large_webp_at_once_take_little_more_memory_than_one(tmp_path: Path) -> None:
    """24 megapixels: 16 bytes of each while one is decoded, 3 of the other; both at once would take 770 MB."""
    photo = tmp_path / "large.webp"
    Image.new("RGB", (6000, 4000), (200, 100, 50)).save(photo, "WEBP", method=0)
    done = subprocess.run([sys.executable, "-c", TWO_AT_ONCE, str(photo)], capture_output=True, text=True, check=True)
    assert 350_000 < int(done.stdout) < 560_000
