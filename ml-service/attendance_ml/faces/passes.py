"""At which sizes a photo is looked at, and how what was found at each is put together, by the contract's rule."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.detect import SCORE, Detections, Detector, displacement, held_by, suppress
from attendance_ml.faces.resize import SLACK, resample, shrink

CLOSE_UP, WIDE = 640, 1920
"""Long sides of the first two passes (a tenth more where that is a whole factor): YuNet sees faces of about 10 to
300 px, so a portrait is lost at 1920."""

FULL_PIXELS, SMALL_PHOTO = 12_500_000, 1500
"""The full-size pass looks at so many pixels, all of a camera's twelve megapixels; a photo smaller than 1500 is doubled
for it."""

WIDE_PIXELS = 1920 * 1080
"""A panorama is looked at in as many pixels as other photos: at 1920 on the long side its faces would be lost."""

LONGEST_WIDE, LONGEST_FULL = 6_000, 16_000
"""Strips of a few rows, of millions of columns, are no panoramas."""

MOST_PIXELS = 24_000_000
"""What all passes over one photo look at together, whatever its shape and whatever is on it: the limit of its cost."""

SMALL_FACE = 24
"""Pixels of width at the input. Where a face this small was found there are others that were missed."""

CONTAINED = 0.9
"""Share of a face's box in a better one's, from which it is no face of its own."""

NEAR = 0.45
"""Landmarks that lie no farther apart, in widths of the wider face, are of one face. Boxes of one size that are so near
overlap too much anyhow; this is for those of two sizes, of which one is a part. Of two people on photos at hand, heads
touching, none come nearer than 0.53; parts of a face lie 0.09 to 0.41 from it."""

TILE = 1920
TILE_OVERLAP = 128
"""Faces wider than this at full size are 60 px wide in the pass at 1920, which finds them all."""


def find_all(
    detector: Detector, pixels: NDArray[np.uint8], expected: int | None, half: NDArray[np.uint8] | None = None
) -> Detections:
    """Every face: passes at 640 and 1920, and at full size if small faces or fewer than `expected` were found.

    Detections are in pixels of `pixels` (H, W, 3); `half` may hold those at half their size.
    """
    wide = _wide(pixels, half)
    close_up = shrink(wide, CLOSE_UP)
    looks = [close_up, wide] if close_up.shape != wide.shape else [wide]
    passes = [find_at(detector, pixels, look) for look in looks]
    smallest = passes[-1][:, 2].min(initial=np.inf) * max(wide.shape) / max(pixels.shape)
    found = _merge(passes)
    if smallest < SMALL_FACE or (expected is not None and len(found) < expected):
        full = full_size(pixels)
        if full.shape != wide.shape:
            found = _merge([found, find_at(detector, pixels, full)])
    return found


def find_first(detector: Detector, pixels: NDArray[np.uint8], half: NDArray[np.uint8] | None = None) -> Detections:
    """The faces of the smallest pass that finds any: for photos of one person. Takes the same as `find_all`."""
    image = shrink(pixels if half is None else half, CLOSE_UP)
    found = find_at(detector, pixels, image)
    for enlarge in (partial(_wide, half=half), full_size):
        if len(found):
            break
        smaller, image = image, enlarge(pixels)
        if image.shape != smaller.shape:
            found = find_at(detector, pixels, image)
    return _each_once(found)


def find_at(detector: Detector, pixels: NDArray[np.uint8], image: NDArray[np.uint8]) -> Detections:
    """One pass: the faces in `image`, which was scaled from `pixels`, in the pixels of those."""
    factors = np.array([pixels.shape[1] / image.shape[1], pixels.shape[0] / image.shape[0]], np.float32)
    found = _find(detector, image)
    return np.column_stack([found[:, :SCORE] * np.tile(factors, 7), found[:, SCORE:]])


def _wide(pixels: NDArray[np.uint8], half: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    long_side = min(max(WIDE, _long_side(pixels, WIDE_PIXELS)), LONGEST_WIDE)
    return shrink(pixels if half is None or max(half.shape) < long_side else half, long_side)


def full_size(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the full-size pass looks at."""
    long_side = max(pixels.shape[:2])
    if long_side < SMALL_PHOTO:
        return resample(pixels, 2 * long_side)
    return shrink(pixels, min(_long_side(pixels, FULL_PIXELS), LONGEST_FULL))


def _long_side(pixels: NDArray[np.uint8], area: int) -> int:
    """The long side of a photo of this shape that has so many pixels."""
    height, width = pixels.shape[:2]
    return round(sqrt(area * max(height, width) / min(height, width)))


def _merge(passes: list[Detections]) -> Detections:
    """Each face once, best first, of what several passes found."""
    return _each_once(suppress(np.concatenate(passes)))


def _each_once(found: Detections) -> Detections:
    """`found`, best first, without parts of better ones: passes and tiles also see faces in the parts of a close-up."""
    return found[[index for index, face in enumerate(found) if not _is_part(face, found[:index])]]


def _is_part(face: NDArray[np.float32], better: Detections) -> bool:
    return bool(((held_by(better, face) > CONTAINED) | (displacement(face, better) < NEAR)).any())


def _find(detector: Detector, image: NDArray[np.uint8]) -> Detections:
    """Faces of one pass, in tiles where the image is larger than one holds."""
    if max(image.shape[:2]) <= SLACK * TILE:
        return detector(image)
    height, width = image.shape[:2]
    return suppress(np.concatenate([_find_in_tile(detector, image, *tile) for tile in _tiles(width, height)]))


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
    found[:, [0, *range(4, SCORE, 2)]] += left
    found[:, [1, *range(5, SCORE, 2)]] += top
    height, width = image.shape[:2]
    ends = found[:, :2] + found[:, 2:4]
    cut = (left > 0) & (found[:, 0] <= left) | (top > 0) & (found[:, 1] <= top)
    cut |= (right < width) & (ends[:, 0] >= right) | (bottom < height) & (ends[:, 1] >= bottom)
    return found[~cut]
