"""Making pixels fewer, fast and without aliasing. Refuses nothing; bigger is done only where a pass asks for it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def scaled_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(width, height) with the long side at `long_side`, proportions kept, no side under 1."""
    factor = long_side / max(width, height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def resize(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """`pixels` (H, W, 3) at another size: whole factors by averaging, the rest bilinear over all source pixels."""
    if pixels.shape[:2] == (height, width):
        return pixels
    image = Image.fromarray(pixels)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=1.0))


def fit_within(pixels: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """`pixels` (H, W, 3) with the long side at most `long_side`; smaller ones come back as they are."""
    height, width = pixels.shape[:2]
    if max(width, height) <= long_side:
        return pixels
    return resize(pixels, *scaled_size(width, height, long_side))
