"""The first bytes tell the format; a file's name does not."""

import pytest

from attendance_contract.images import ImageFormat, sniff_format


@pytest.mark.parametrize(
    ("head", "expected"),
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
def test_format_is_told_from_the_first_bytes(head: bytes, expected: ImageFormat | None) -> None:
    assert sniff_format(head) is expected
