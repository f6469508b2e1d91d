"""Callers share the network's batches: each gets its own outputs, waits for nobody, and bears only its own errors."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.stages import watched_by

SIZE = 4
DEADLINE_SECONDS = 60
POISON = 255


class Poisoned(Exception):
    pass


class Gone(Exception):
    pass


@dataclass
class Network:
    """Squares and doubles each image's number; fails where one of them is poison. Runs when it is let."""

    open: threading.Event = field(default_factory=threading.Event)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    batches: list[list[int]] = field(default_factory=list)
    running: int = 0

    def __call__(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.running += 1
        assert self.running == 1, "two batches at once"
        self.entered.release()
        assert self.open.wait(DEADLINE_SECONDS)
        numbers = images.reshape(len(images), -1)[:, 0].astype(np.float32)
        self.batches.append([int(number) for number in numbers])
        self.running -= 1
        if POISON in numbers:
            raise Poisoned
        return [numbers**2, np.stack([numbers * 2, numbers], axis=1)]


@dataclass
class Watch:
    is_gone: bool = False
    batches: list[tuple[int, int]] = field(default_factory=list)

    def check(self, before: str) -> None:
        if self.is_gone:
            raise Gone(before)

    def took(self, stage: str, seconds: float) -> None: ...

    def ran_batch(self, crops: int, callers: int) -> None:
        self.batches.append((crops, callers))


def images(numbers: Sequence[int]) -> NDArray[np.uint8]:
    return np.array(numbers, np.uint8).reshape(-1, 1, 1, 1)


def expected(numbers: Sequence[int]) -> tuple[list[float], list[list[float]]]:
    return [float(n * n) for n in numbers], [[2.0 * n, float(n)] for n in numbers]


def run(shared: SharedBatches, numbers: Sequence[int], watch: Watch | None = None) -> object:
    """What the caller gets, or the error it meets."""
    try:
        with watched_by(watch) if watch else nullcontext():
            squares, pairs = shared(images(numbers))
    except (Poisoned, Gone) as error:
        return type(error)
    return squares.tolist(), pairs.tolist()


def behind_a_running_batch(
    network: Network,
    shared: SharedBatches,
    calls: Sequence[tuple[Sequence[int], Watch | None]],
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[object, list[object]]:
    """The answer of a first caller, and of those that all come while its batch is held, in order."""
    with ThreadPoolExecutor(len(calls) + 1) as threads:
        first = threads.submit(run, shared, [1])
        assert network.entered.acquire(timeout=DEADLINE_SECONDS)
        others = []
        for count, (numbers, watch) in enumerate(calls, 1):
            others.append(threads.submit(run, shared, numbers, watch))
            wait_until(lambda count=count: len(shared._waiting) == count)
        meanwhile()
        network.open.set()
        return first.result(DEADLINE_SECONDS), [other.result(DEADLINE_SECONDS) for other in others]


def wait_until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(DEADLINE_SECONDS * 1000):
        if condition():
            return
        tick.wait(0.001)
    pytest.fail("waited in vain")


def opened() -> Network:
    network = Network()
    network.open.set()
    return network


def test_a_lone_caller_runs_at_once_and_in_batches_of_the_size() -> None:
    network, watch = opened(), Watch()
    assert run(SharedBatches(network, SIZE), range(10), watch) == expected(range(10))
    assert network.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert watch.batches == [(4, 1), (4, 1), (2, 1)]


def test_what_waits_while_the_network_runs_is_run_together_next_first_come_first_served() -> None:
    network = Network()
    calls = [([2, 3], Watch()), ([4], None), ([5, 6, 7], None)]
    first, others = behind_a_running_batch(network, SharedBatches(network, SIZE), calls)
    assert first == expected([1])
    assert others == [expected(numbers) for numbers, _ in calls]
    assert network.batches == [[1], [2, 3, 4, 5], [6, 7]]
    assert calls[0][1] is not None
    assert calls[0][1].batches == [(4, 3)]


def test_an_error_meets_the_caller_that_brought_it_and_nobody_else() -> None:
    network = Network()
    calls = [([2], None), ([POISON], None), ([3, 4], None)]
    first, others = behind_a_running_batch(network, SharedBatches(network, SIZE), calls)
    assert (first, others) == (expected([1]), [expected([2]), Poisoned, expected([3, 4])])


def test_a_caller_that_nobody_waits_for_any_more_is_dropped_before_the_network_runs() -> None:
    network, gone = Network(), Watch()

    def leave() -> None:
        gone.is_gone = True

    calls = [([9, 9], gone), ([2], None)]
    _, others = behind_a_running_batch(network, SharedBatches(network, SIZE), calls, leave)
    assert others == [Gone, expected([2])]
    assert network.batches == [[1], [2]]


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5, POISON], [POISON, 1, 2, 3, 4, 5]])
def test_after_an_error_of_a_lone_caller_the_next_one_finds_the_network_free(numbers: list[int]) -> None:
    shared = SharedBatches(opened(), SIZE)
    assert run(shared, numbers) == Poisoned
    assert run(shared, [7]) == expected([7])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, POISON), min_size=1, max_size=9), min_size=1, max_size=12),
    st.integers(1, 6),
    st.sets(st.integers(0, 11)),
)
def test_whatever_the_order_every_caller_gets_the_outputs_of_its_own_images_or_its_own_error(
    callers: list[list[int]], size: int, leavers: set[int]
) -> None:
    shared = SharedBatches(opened(), size)
    watches = [Watch(is_gone=number in leavers) for number in range(len(callers))]
    start = threading.Barrier(len(callers))

    def call(numbers: list[int], watch: Watch) -> object:
        start.wait(DEADLINE_SECONDS)
        return run(shared, numbers, watch)

    with ThreadPoolExecutor(len(callers)) as threads:
        answers = list(threads.map(call, callers, watches, timeout=DEADLINE_SECONDS))
    for numbers, watch, answer in zip(callers, watches, answers, strict=True):
        assert answer == (Gone if watch.is_gone else Poisoned if POISON in numbers else expected(numbers))
    assert not shared._waiting
    assert not shared._is_running
