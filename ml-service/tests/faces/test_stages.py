"""Stages are timed for who watches, refused when the watch says so, and nobody's business otherwise."""

from dataclasses import dataclass, field

import pytest

from attendance_ml.faces import FaceEngine, decode_image
from attendance_ml.faces.stages import Stage, current_watch, stage, watched_by
from attendance_ml.samples import sample_photo


class TooLate(Exception):
    pass


@dataclass
class Watch:
    ends_before: str = ""
    stages: list[str] = field(default_factory=list)
    batches: list[tuple[int, int]] = field(default_factory=list)

    def check(self, before: str) -> None:
        if before == self.ends_before:
            raise TooLate

    def took(self, stage: str, seconds: float) -> None:
        assert seconds >= 0
        self.stages.append(stage)

    def ran_batch(self, crops: int, callers: int) -> None:
        self.batches.append((crops, callers))


def encode(engine: FaceEngine) -> None:
    photo = decode_image(sample_photo("obama.jpg").read_bytes())
    face = engine.detect_single(photo, validate_single=True, min_face_size=40, min_face_area_ratio=0)
    engine.embed(photo, [face], flip=True)


def test_a_photo_goes_through_its_stages_once_each(engine: FaceEngine) -> None:
    watch = Watch()
    with watched_by(watch):
        encode(engine)
    assert watch.stages == [Stage.DECODE, Stage.DETECT, Stage.ALIGN, Stage.EMBED]
    assert watch.batches == [(2, 1)]


@pytest.mark.parametrize("before", [Stage.DECODE, Stage.DETECT, Stage.ALIGN, Stage.EMBED])
def test_the_watch_ends_the_work_before_any_stage(before: Stage, engine: FaceEngine) -> None:
    watch = Watch(ends_before=before)
    with watched_by(watch), pytest.raises(TooLate):
        encode(engine)
    assert watch.stages == list(Stage)[: list(Stage).index(before)]


def test_a_stage_that_fails_is_timed_too() -> None:
    watch = Watch()
    with watched_by(watch), pytest.raises(ZeroDivisionError), stage(Stage.MATCH):
        1 / 0  # noqa: B018  # the failure is the point
    assert watch.stages == [Stage.MATCH]


def test_the_watch_is_over_with_its_block() -> None:
    with watched_by(Watch()):
        assert current_watch()
    assert current_watch() is None
