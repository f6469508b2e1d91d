"""Whatever colours a picture has, it becomes red, green and blue."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from attendance_ml.faces.colours import rgb_pixels, to_rgb
from attendance_ml.samples import sample_photo

MEGABYTE = 2**20
PEAK = """
import re, sys
from pathlib import Path
from attendance_ml.faces import decode_image
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
photo = Path(sys.argv[1]).read_bytes()
before = peak()
decode_image(photo)
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("mode", "level", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 77 * 256, (77, 77, 77)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("LA", (40, 0), (255, 255, 255)),
    ],
)
def test_a_colour_of_every_mode_is_kept_or_laid_on_white(
    mode: str, level: int | tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    assert to_rgb(Image.new(mode, (2, 2), level)).getpixel((1, 1)) == expected


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "LA", "RGBA", "CMYK", "P"])
def test_a_few_rows_at_a_time_make_the_same_picture_as_all_at_once(mode: str) -> None:
    with Image.open(sample_photo("grace_hopper.jpg")) as opened:
        image = opened.convert(mode)
    assert np.array_equal(rgb_pixels(image), np.asarray(to_rgb(image)))


def test_what_is_transparent_in_a_palette_is_white_in_every_row() -> None:
    image = Image.new("P", (3, 100), 1)
    image.putpalette([9, 9, 9, 200, 0, 0])
    written = io.BytesIO()
    image.save(written, "PNG", transparency=1)
    with Image.open(written) as palette:
        assert (rgb_pixels(palette) == 255).all()


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in kilobytes on Linux")
@pytest.mark.parametrize("mode", ["P", "LA"])
def test_fifty_megapixels_of_transparency_take_no_gigabyte(mode: str, tmp_path: Path) -> None:
    """Pixels as they are decoded, 4 bytes each, and as they come out, 3: 335 MB, and room for the rest."""
    photo = tmp_path / "large.png"
    image = Image.new(mode, (8000, 6250))
    if mode == "P":
        image.putpalette([9, 9, 9])
    image.save(photo, "PNG", compress_level=1, **({"transparency": 0} if mode == "P" else {}))
    done = subprocess.run([sys.executable, "-c", PEAK, str(photo)], capture_output=True, text=True, check=True)
    assert 150 * MEGABYTE < int(done.stdout) * 1024 < 450 * MEGABYTE
