"""Making pixels fewer (or, where a pass asks for it, more): fast and without aliasing. Refuses nothing."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SLACK = 1.1
"""How much larger than asked for a shrunk image may be: a whole factor is averaged three times as fast as any other
is resampled, and the photos of most cameras (4000 or 4032 wide) have one close to 1920."""

STRIP = 32
"""Rows averaged at a time: what fits the processor's cache is converted to Pillow's layout twice as fast."""


def shrink(pixels: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """`pixels` (H, W, 3), or grey (H, W), with a long side of `long_side` to 1.1 times it; smaller ones as they are."""
    factor = max(pixels.shape[:2]) // long_side
    if factor > 1:
        pixels = _average(pixels, factor)
    if max(pixels.shape[:2]) > SLACK * long_side:
        pixels = resample(pixels, long_side)
    return pixels


def resample(pixels: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """`pixels` (H, W, 3) with a long side of exactly `long_side`, bilinear over all source pixels."""
    height, width = pixels.shape[:2]
    factor = long_side / max(width, height)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _average(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Means of squares of `factor` pixels; a last, smaller square counts as one."""
    height, width, *channels = pixels.shape
    means = np.empty((-(-height // factor), -(-width // factor), *channels), np.uint8)
    for row in range(0, len(means), STRIP):
        strip = pixels[row * factor : (row + STRIP) * factor]
        means[row : row + STRIP] = np.asarray(Image.fromarray(strip).reduce(factor))
    return means
