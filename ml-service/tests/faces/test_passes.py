"""Which sizes are looked at: small faces in large photos, close-ups, and edges between tiles."""

import io
import itertools
from collections.abc import Callable

import numpy as np
import pytest
from photos import notes, stored_as
from PIL import Image

from attendance_ml.faces import Photo, decode_image
from attendance_ml.faces.detect import NOTHING, SCORE, Detector, _pad, overlap
from attendance_ml.faces.passes import MOST_PIXELS, TILE, _cuts, _merge, find_all, find_first
from attendance_ml.faces.resize import resample
from attendance_ml.samples import Portrait, compose_class, sample_portrait

PEOPLE = ["obama.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png"]


@pytest.fixture(scope="module")
def portraits() -> list[Portrait]:
    return [sample_portrait(name) for name in PEOPLE]


class Looks:
    """A real detector that remembers the sizes of what it was shown."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        self.sizes.append((pixels.shape[1], pixels.shape[0]))
        return self.detector(pixels)


def class_photo(
    portraits: list[Portrait], count: int, size: tuple[int, int], face_width: int
) -> tuple[np.ndarray, list]:
    people = list(itertools.islice(itertools.cycle(portraits), count))
    composed = compose_class(people, size=size, face_width=face_width)
    return np.asarray(composed.image), composed.places


def count_found(found: np.ndarray, places: list) -> int:
    """Places whose middle lies in a found box."""
    middles = [((p.face.left + p.face.right) / 2, (p.face.top + p.face.bottom) / 2) for p in places]
    ends = found[:, :2] + found[:, 2:4]
    return sum(bool(((found[:, :2] <= middle) & (ends >= middle)).all(axis=1).any()) for middle in middles)


@pytest.mark.parametrize("face_width", [30, 48, 100])
def test_small_faces_in_twelve_megapixels_are_found(
    face_width: int, portraits: list[Portrait], detector: Detector
) -> None:
    pixels, places = class_photo(portraits, 60, (4000, 3000), face_width)
    assert count_found(find_all(detector, pixels, None), places) >= 59


def test_large_faces_need_no_full_size_pass(portraits: list[Portrait], detector: Detector) -> None:
    pixels, places = class_photo(portraits, 10, (4000, 3000), 150)
    looks = Looks(detector)
    assert count_found(find_all(looks, pixels, None), places) == 10
    assert looks.sizes == [(667, 500), (2000, 1500)]


def test_more_expected_than_found_brings_the_full_size_pass_in_bounded_tiles(
    portraits: list[Portrait], detector: Detector
) -> None:
    pixels, places = class_photo(portraits, 10, (4000, 3000), 150)
    looks = Looks(detector)
    assert count_found(find_all(looks, pixels, expected=11), places) == 10
    tiles = looks.sizes[2:]
    assert len(tiles) == 6
    assert max(max(tile) for tile in tiles) <= TILE


def test_a_face_is_found_once_however_many_passes_and_tiles_see_it(
    portraits: list[Portrait], detector: Detector
) -> None:
    pixels, places = class_photo(portraits, 40, (4000, 3000), 90)
    without, with_tiles = (find_all(detector, pixels, expected) for expected in (None, 1000))
    assert count_found(without, places) == count_found(with_tiles, places) == 40
    assert len(without) == len(with_tiles) == 40


def faces_at(*faces: tuple[float, float, float, float]) -> np.ndarray:
    """Detections of (left, top, width, score), landmarks where an upright face has them."""
    found = np.zeros((len(faces), 15), np.float32)
    eyes_nose_mouth = np.array([[0.3, 0.5], [0.7, 0.5], [0.5, 0.7], [0.35, 1.0], [0.65, 1.0]])
    for row, (left, top, width, score) in zip(found, faces, strict=True):
        row[:4] = left, top, width, 1.33 * width
        row[4:SCORE] = (eyes_nose_mouth * width + [left, top]).ravel()
        row[SCORE] = score
    return found


@pytest.mark.parametrize(
    "part",
    [(118, 112, 55, 0.62), (120, 80, 152, 0.69), (148, 98, 62, 0.61)],
    ids=["its middle", "a larger one that it is half of", "one eye and its ear"],
)
def test_what_lies_on_a_better_faces_landmarks_is_no_second_face(part: tuple[float, float, float, float]) -> None:
    (kept,) = _merge([faces_at((100, 100, 100, 0.9)), faces_at(part)])
    assert kept[:3].tolist() == [100, 100, 100]


@pytest.mark.parametrize(
    "other",
    [(165, 90, 100, 0.6), (50, 50, 80, 0.6), (20, 20, 90, 0.6), (175, 40, 50, 0.6)],
    ids=["head to head", "behind the shoulder", "behind", "small, beside"],
)
def test_faces_beside_and_behind_each_other_both_stay(other: tuple[float, float, float, float]) -> None:
    assert len(_merge([faces_at((100, 100, 100, 0.9)), faces_at(other)])) == 2


@pytest.mark.parametrize("long_side", [1600, 2900])
def test_a_close_up_is_found_once_though_half_of_it_looks_like_a_face(long_side: int, detector: Detector) -> None:
    portrait = sample_portrait("obama2.jpg")
    face, margin = portrait.face, round(0.12 * portrait.face.width)
    edges = (face.left - margin, face.top - margin, face.right + margin, face.bottom + margin)
    near = resample(np.asarray(portrait.image.crop(edges)), long_side)
    pixels = np.full((3000, 4000, 3), 128, np.uint8)
    pixels[: near.shape[0], : near.shape[1]] = near
    assert len(find_all(detector, pixels, expected=2)) == 1


def test_a_face_across_the_edge_of_two_tiles_is_whole(detector: Detector, portraits: list[Portrait]) -> None:
    (start, end), (second, _) = _cuts(4000)[:2]
    assert (start, end - second) == (0, 128)
    row, _ = class_photo(portraits, 4, (1200, 400), 40)
    pixels = np.full((1500, 4000, 3), 128, np.uint8)
    for offset in (0, 400, 800, 1100):
        pixels[offset : offset + 400, second - 600 : second + 600] = row
    assert len(find_all(detector, pixels, expected=100)) == 16


def test_a_close_up_larger_than_the_detector_sees_at_full_size(
    photo: Callable[[str], Photo], detector: Detector
) -> None:
    close_up = resample(photo("grace_hopper.jpg").pixels[60:400, 120:430], 3600)
    (row,) = find_all(detector, close_up, None)
    assert row[2] > 1200


def test_a_small_photo_is_doubled_only_if_its_faces_are_small(portraits: list[Portrait], detector: Detector) -> None:
    large, _ = class_photo(portraits, 3, (800, 600), 60)
    small, places = class_photo(portraits, 12, (800, 600), 18)
    looks = Looks(detector)
    find_all(looks, large, None)
    assert looks.sizes == [(640, 480), (800, 600)]
    looks.sizes.clear()
    assert count_found(find_all(looks, small, None), places) == 12
    assert looks.sizes[2:] == [(1600, 1200)]


def test_detections_are_in_the_photos_own_pixels(photo: Callable[[str], Photo], detector: Detector) -> None:
    pixels = photo("grace_hopper.jpg").pixels
    (small,) = find_all(detector, pixels, None)
    (large,) = find_all(detector, resample(pixels, 3 * max(pixels.shape)), None)
    assert np.abs(large[:SCORE] / 3 - small[:SCORE]).max() < 6


def test_one_person_is_looked_for_at_640_first_and_larger_only_in_vain(
    photo: Callable[[str], Photo], detector: Detector, portraits: list[Portrait]
) -> None:
    looks = Looks(detector)
    assert len(find_first(looks, photo("obama.jpg").pixels)) == 1
    assert len(looks.sizes) == 1
    assert max(looks.sizes[0]) <= 704
    looks.sizes.clear()
    far_away, _ = class_photo(portraits, 1, (3840, 2160), 40)
    assert len(find_first(looks, far_away)) == 1
    assert looks.sizes == [(640, 360), (1920, 1080)]


def test_where_nobody_is_every_size_was_tried(photo: Callable[[str], Photo], detector: Detector) -> None:
    looks = Looks(detector)
    assert len(find_first(looks, photo("coffee.png").pixels)) == 0
    assert [size[0] for size in looks.sizes] == [600, 1200]


@pytest.mark.parametrize(
    "size",
    [
        *((4000, 3000), (6000, 4000), (7071, 7071), (3889, 3889), (1499, 1499), (640, 480)),
        *((20_000, 2500), (2500, 20_000), (50_000, 1000), (3_125_000, 16), (16, 3_125_000)),
    ],
    ids=str,
)
def test_no_photo_costs_more_than_the_limit_whatever_its_shape(size: tuple[int, int]) -> None:
    """Nobody is found and somebody expected, so every pass runs; counted is what the network is given."""
    given = []

    def counting(pixels: np.ndarray) -> np.ndarray:
        given.append(_pad(pixels).shape[:2])
        return NOTHING.copy()

    find_all(counting, np.zeros((size[1], size[0], 3), np.uint8), expected=10)
    assert sum(height * width for height, width in given) <= MOST_PIXELS
    assert max(max(shape) for shape in given) <= 2112


def test_a_panorama_is_looked_at_in_as_many_pixels_as_other_photos(
    portraits: list[Portrait], detector: Detector
) -> None:
    """Eight times as wide as high: at 1920 on the long side, its faces of 100 pixels would be 10."""
    class_photos = [class_photo(portraits, 8, (2500, 2500), 100) for _ in range(8)]
    pixels = np.concatenate([image for image, _ in class_photos], axis=1)
    places = [place for _, found in class_photos for place in found]
    assert len(find_all(detector, pixels, None)) == len(places) == 64


@pytest.mark.parametrize("orientation", [1, 6])
def test_from_the_photo_at_half_its_size_the_same_faces_are_found_in_pixels_of_the_whole(
    orientation: int, detector: Detector, portraits: list[Portrait]
) -> None:
    pixels, places = class_photo(portraits, 8, (3840, 2400), 120)
    stream = io.BytesIO()
    stored_as(Image.fromarray(pixels), orientation).save(stream, "JPEG", quality=92, exif=notes(orientation))
    photo = decode_image(stream.getvalue())
    assert photo.half is not None
    looks = Looks(detector)
    found = find_all(looks, photo.pixels, None, photo.half)
    assert looks.sizes == [(640, 400), (1920, 1200)]
    assert len(found) == len(places)
    of_whole = find_all(detector, photo.pixels, None)
    assert all(overlap(face, found).max() > 0.9 for face in of_whole)
    first = find_first(detector, photo.pixels, photo.half)
    assert all(overlap(face, of_whole).max() > 0.8 for face in first)
