"""One network for many callers: what waits while it runs is run together next. Nobody waits for company.

It takes images of one shape, refuses nothing, and needs no thread of its own.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.runtimes import Network
from attendance_ml.faces.stages import Stage, Watch, current_watch


@dataclass(eq=False)
class _Job:
    """One caller's images (N, …), and what has become of them."""

    images: NDArray[np.uint8]
    watch: Watch | None
    taken: int = 0
    outputs: list[list[NDArray[np.float32]]] = field(default_factory=list)
    done: int = 0
    error: BaseException | None = None
    is_over: bool = False
    turn: Event = field(default_factory=Event)
    """Set when the job is over, or when its caller is the one to run the network."""

    def take(self, room: int) -> NDArray[np.uint8]:
        """The next images, as many as there is room for."""
        images = self.images[self.taken : self.taken + room]
        self.taken += len(images)
        return images

    def give(self, outputs: list[NDArray[np.float32]]) -> None:
        self.outputs.append(outputs)
        self.done += len(outputs[0])
        if self.done == len(self.images):
            self.end()

    def is_wanted(self) -> bool:
        """Whether its caller still waits for more; one that shall not is told why."""
        if not self.is_over and self.watch is not None:
            try:
                self.watch.check(Stage.EMBED)
            except Exception as error:  # noqa: BLE001  # the watch's own, and the caller's to raise
                self.end(error)
        return not self.is_over

    def end(self, error: BaseException | None = None) -> None:
        self.error, self.is_over = error, True
        self.turn.set()


_Part = tuple[_Job, NDArray[np.uint8]]
"""Consecutive images of one job."""


class SharedBatches:
    """A `Network` over another. Its callers may be any number of threads; each gets the outputs of its own images.

    The first caller runs the network at once. Those that come meanwhile wait, and then one of them runs what all of
    them have brought, in batches of at most `size` images, first come first served.

    An error of a shared batch is looked for by running every caller's images alone, so that it meets only its own.
    A caller that nobody waits for any more (`Watch.check` raises) is dropped before the network runs.
    """

    def __init__(self, network: Network, size: int) -> None:
        self._network = network
        self._size = size
        self._lock = Lock()
        self._waiting: deque[_Job] = deque()
        self._is_running = False

    def __call__(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        job = _Job(images, current_watch())
        with self._lock:
            self._waiting.append(job)
            if not self._is_running:
                self._is_running = True
                job.turn.set()
        job.turn.wait()
        if not job.is_over:
            while not job.is_over:
                self._run(self._next_batch())
            self._hand_over()
        if job.error is not None:
            raise job.error
        return [np.concatenate(parts) for parts in zip(*job.outputs, strict=True)]

    def _next_batch(self) -> list[_Part]:
        batch: list[_Part] = []
        room = self._size
        with self._lock:
            while self._waiting and room:
                job = self._waiting[0]
                if job.is_wanted():
                    batch.append((job, job.take(room)))
                    room -= len(batch[-1][1])
                if job.is_over or job.taken == len(job.images):
                    self._waiting.popleft()
        return batch

    def _run(self, batch: Sequence[_Part]) -> None:
        if not batch:
            return
        images = [images for _, images in batch]
        try:
            outputs = self._network(images[0] if len(batch) == 1 else np.concatenate(images))
        except BaseException as error:  # noqa: BLE001  # raised by whom it belongs to; nobody is left waiting
            self._run_apart(batch, error)
            return
        if watch := batch[0][0].watch:
            watch.ran_batch(sum(map(len, images)), len(batch))
        start = 0
        for job, part in batch:
            job.give([output[start : start + len(part)] for output in outputs])
            start += len(part)

    def _run_apart(self, batch: Sequence[_Part], error: BaseException) -> None:
        if len(batch) > 1 and isinstance(error, Exception):
            for part in batch:
                self._run([part])
        else:
            for job, _ in batch:
                job.end(error)

    def _hand_over(self) -> None:
        with self._lock:
            while self._waiting and self._waiting[0].is_over:  # ended early by an error, this caller's own perhaps
                self._waiting.popleft()
            if self._waiting:
                self._waiting[0].turn.set()
            else:
                self._is_running = False
