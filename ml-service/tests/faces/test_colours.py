"""Whatever colours a picture has, it becomes red, green and blue."""

import pytest
from PIL import Image

from attendance_ml.faces.colours import to_rgb


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
