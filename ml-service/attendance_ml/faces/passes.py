"""At which sizes a photo is looked at, and how what was found at each is put together, by the contract's rule."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.detect import NOTHING, Detections, Detector, suppress
from attendance_ml.faces.resize import resize, scaled_size

CLOSE_UP, WIDE = 640, 1920
"""Long sides of the first two passes: YuNet sees faces of about 10 to 300 px, so a portrait is lost at 1920."""

FULL, SMALL_PHOTO = 4000, 1500
"""The full-size pass goes up to 4000; a photo smaller than 1500 is doubled for it."""

SMALL_FACE = 24
"""Pixels of width at the input. Where a face this small was found there are others that were missed."""

TILE = 1920
TILE_OVERLAP = 128
"""Faces wider than this at full size are 60 px wide in the pass at 1920, which finds them all."""


def find_all(detector: Detector, pixels: NDArray[np.uint8], expected: int | None) -> Detections:
    """Every face: passes at 640 and 1920, and at full size if small faces or fewer than `expected` were found."""
    *looks, full = _long_sides(pixels)
    passes = [find_at(detector, pixels, long_side) for long_side in looks]
    found = suppress(np.concatenate(passes))
    smallest = passes[-1][:, 2].min(initial=np.inf) * looks[-1] / max(pixels.shape[:2])
    wanting = smallest < SMALL_FACE or (expected is not None and len(found) < expected)
    if wanting and full > looks[-1]:
        found = suppress(np.concatenate([found, find_at(detector, pixels, full)]))
    return found


def find_first(detector: Detector, pixels: NDArray[np.uint8]) -> Detections:
    """The faces of the smallest pass that finds any: for photos of one person."""
    for long_side in sorted(set(_long_sides(pixels))):
        found = find_at(detector, pixels, long_side)
        if len(found):
            return found
    return NOTHING


def find_at(detector: Detector, pixels: NDArray[np.uint8], long_side: int) -> Detections:
    """One pass with the photo's long side at `long_side`, in tiles where that is more than a tile holds.

    Detections are in the photo's own pixels.
    """
    width, height = scaled_size(pixels.shape[1], pixels.shape[0], long_side)
    scaled = resize(pixels, width, height)
    found = [_find_in_tile(detector, scaled, *tile) for tile in _tiles(width, height)]
    merged = suppress(np.concatenate(found)) if len(found) > 1 else found[0]
    merged[:, :14] *= np.tile([pixels.shape[1] / width, pixels.shape[0] / height], 7).astype(np.float32)
    return merged


def _long_sides(pixels: NDArray[np.uint8]) -> list[int]:
    """The one or two sizes that are always looked at, then the full size. Only the last may exceed the photo's own."""
    own = max(pixels.shape[:2])
    full = 2 * own if own < SMALL_PHOTO else min(own, FULL)
    return [*sorted({min(own, CLOSE_UP), min(own, WIDE)}), full]


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """(left, top, right, bottom) of tiles that cover the image, equal in size and overlapping."""
    for top, bottom in _cuts(height):
        for left, right in _cuts(width):
            yield left, top, right, bottom


def _cuts(length: int) -> list[tuple[int, int]]:
    if length <= TILE:
        return [(0, length)]
    count = -(-(length - TILE_OVERLAP) // (TILE - TILE_OVERLAP))
    edges = np.linspace(0, length - TILE_OVERLAP, count + 1).round().astype(int)
    return [(int(start), int(end) + TILE_OVERLAP) for start, end in pairwise(edges)]


def _find_in_tile(
    detector: Detector, image: NDArray[np.uint8], left: int, top: int, right: int, bottom: int
) -> Detections:
    """Faces of one tile in the image's pixels, without those cut by an inner edge: a neighbour has them whole."""
    found = detector(image[top:bottom, left:right])
    found[:, :14] += np.tile([left, top], 7).astype(np.float32)
    height, width = image.shape[:2]
    ends = found[:, :2] + found[:, 2:4]
    cut = (left > 0) & (found[:, 0] <= left) | (top > 0) & (found[:, 1] <= top)
    cut |= (right < width) & (ends[:, 0] >= right) | (bottom < height) & (ends[:, 1] >= bottom)
    return found[~cut]
