"""The first bytes tell the format; a file's name does not."""

import pytest

from attendance_contract.images import BRANDS_READ, SHOWN_BY_BROWSERS, ImageFormat, sniff_format


def brands(*names: bytes) -> bytes:
    """How an ISO base media file begins that names these brands, its own first."""
    box = b"ftyp" + names[0] + bytes(4) + b"".join(names[1:])
    return (4 + len(box)).to_bytes(4) + box + b"\x00\x00\x0f\xa0meta"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", ImageFormat.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ImageFormat.PNG),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", ImageFormat.WEBP),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"GIF89a", None),
        (b"plain text", None),
        (b"", None),
    ],
)
def test_format_is_told_from_the_first_bytes(image: bytes, expected: ImageFormat | None) -> None:
    assert sniff_format(image) is expected


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"])
def test_every_brand_of_hevc_images_is_heic(brand: bytes) -> None:
    assert sniff_format(brands(brand, b"mif1", b"miaf")) is ImageFormat.HEIC


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((b"mif1", b"mif1", b"miaf", b"heic"), ImageFormat.HEIC),
        ((b"msf1", b"hevc"), ImageFormat.HEIC),
        ((b"mif1", b"avif", b"miaf"), None),
        ((b"mif1",), None),
        ((b"avif", b"mif1", b"miaf"), None),
        ((b"avif", b"heic"), None),
        ((b"isom", b"mp42", b"heic"), None),
        ((b"mif1", *[b"junk"] * BRANDS_READ, b"heic"), None),
    ],
)
def test_a_brand_that_leaves_the_coding_open_has_to_name_hevc_too(
    named: tuple[bytes, ...], expected: ImageFormat | None
) -> None:
    assert sniff_format(brands(*named)) is expected


def test_brands_are_looked_for_in_their_box_only() -> None:
    assert sniff_format(brands(b"mif1", b"avif") + b"heic" * 4) is None
    assert sniff_format(b"\xff\xff\xff\xffftypmif1") is None


def test_a_browser_shows_every_format_but_heic() -> None:
    assert set(ImageFormat) - SHOWN_BY_BROWSERS == {ImageFormat.HEIC}
