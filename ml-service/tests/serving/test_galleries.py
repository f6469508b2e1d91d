"""The gallery store forgets: by time, by room, and when told to."""

import asyncio
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_ml.faces import Gallery, load_calibration
from attendance_ml.serving.galleries import GalleryConflict, GalleryNotFound, GalleryStore, GalleryTooLarge

CALIBRATION = load_calibration("sface@2021dec", probe_flip=False)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def gallery(students: int = 1) -> Gallery:
    vectors = np.random.default_rng(7).normal(size=(students, 1, 128))
    return Gallery({f"s{i}": own for i, own in enumerate(vectors)}, CALIBRATION)


def test_a_gallery_lives_ten_minutes_however_often_it_is_used() -> None:
    clock = Clock()
    store = GalleryStore(seconds=600, vectors=100, clock=clock)
    store.put("roster-1", gallery())
    clock.now = 599.0
    assert len(store.get("roster-1")) == 1
    clock.now = 600.0
    with pytest.raises(GalleryNotFound):
        store.get("roster-1")
    assert len(store) == 0


def test_the_least_recently_used_one_makes_room() -> None:
    store = GalleryStore(seconds=600, vectors=4, clock=Clock())
    store.put("roster-1", gallery(2))
    store.put("roster-2", gallery(2))
    store.get("roster-1")
    store.put("roster-3", gallery(2))
    assert len(store.get("roster-1")) == len(store.get("roster-3")) == 2
    with pytest.raises(GalleryNotFound):
        store.get("roster-2")


def test_galleries_of_nobody_are_bounded_too() -> None:
    store = GalleryStore(seconds=600, vectors=4, clock=Clock())
    for number in range(10):
        store.put(f"roster-{number}", gallery(0))
    assert len(store) == 4


async def test_expired_vectors_leave_the_memory_though_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance_ml.serving.galleries.LATE_SECONDS", 0.01)
    clock, vectors = Clock(), gallery()
    store, held = GalleryStore(seconds=600, vectors=4, clock=clock), weakref.ref(vectors)
    store.put("roster-1", vectors)
    del vectors
    forgetting = asyncio.create_task(store.keep_forgetting())
    await asyncio.sleep(0.05)
    assert held() is not None
    clock.now = 600.0
    for _ in range(1_000):
        if held() is None:
            break
        await asyncio.sleep(0.01)
    assert held() is None
    forgetting.cancel()


def test_a_deleted_gallery_is_gone_and_deleting_twice_is_no_error() -> None:
    store = GalleryStore(seconds=600, vectors=4, clock=Clock())
    store.put("roster-1", gallery())
    store.delete("roster-1")
    store.delete("roster-1")
    with pytest.raises(GalleryNotFound):
        store.get("roster-1")


@given(st.lists(st.tuples(st.sampled_from(["put", "get", "delete", "wait"]), st.integers(0, 4)), max_size=40))
def test_it_never_holds_more_than_its_room_nor_anything_too_old(steps: list[tuple[str, int]]) -> None:
    clock = Clock()
    store = GalleryStore(seconds=10, vectors=6, clock=clock)
    put_at: dict[str, float] = {}
    for action, number in steps:
        name = f"roster-{number}"
        if action == "wait":
            clock.now += number
        elif action == "put":
            store.put(name, gallery(number + 1))
            put_at[name] = clock.now
        elif action == "delete":
            store.delete(name)
            put_at.pop(name, None)
        else:
            try:
                store.get(name)
            except GalleryNotFound:
                continue
            assert clock.now - put_at[name] < 10
        assert store.size <= 6


def test_vectors_are_counted_not_students() -> None:
    store = GalleryStore(seconds=600, vectors=10, clock=Clock())
    five_each = np.random.default_rng(7).normal(size=(2, 5, 128))
    store.put("roster-1", Gallery({f"s{i}": own for i, own in enumerate(five_each)}, CALIBRATION))
    assert store.size == 10
    store.put("roster-2", gallery(1))
    with pytest.raises(GalleryNotFound):
        store.get("roster-1")
    with pytest.raises(GalleryTooLarge):
        store.put("roster-3", gallery(11))
    assert len(store.get("roster-2")) == 1


def test_another_content_is_never_taken_for_the_one_of_that_id() -> None:
    store = GalleryStore(seconds=600, vectors=10, clock=Clock())
    store.put("roster-1", gallery(2))
    store.put("roster-1", gallery(2))
    with pytest.raises(GalleryConflict):
        store.put("roster-1", gallery(3))
    assert len(store.get("roster-1")) == 2


def test_of_two_contents_of_one_id_none_is_kept_when_the_second_comes_with_a_photo() -> None:
    store = GalleryStore(seconds=600, vectors=10, clock=Clock())
    store.keep("roster-1", gallery(2))
    store.keep("roster-1", gallery(3))
    with pytest.raises(GalleryNotFound):
        store.get("roster-1")
    store.keep("roster-2", gallery(11))  # too many to be kept, and no reason to refuse the photo
    assert len(store) == 0


def test_galleries_of_a_model_that_was_unloaded_are_forgotten() -> None:
    store = GalleryStore(seconds=600, vectors=10, clock=Clock())
    store.put("roster-1", gallery(2))
    store.forget_model("other@1")
    assert len(store) == 1
    store.forget_model(CALIBRATION.model)
    assert len(store) == 0
