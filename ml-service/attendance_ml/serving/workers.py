"""Inference off the event loop: a few threads, and nothing begun that nobody waits for any more.

The event loop stays free, so that health and metrics answer at once while photos are worked on. How much may wait is
bounded before a body is read, by `admission`.
"""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from attendance_ml.faces.stages import watched_by
from attendance_ml.serving.deadlines import Deadline
from attendance_ml.serving.watching import QUEUE, WorkMetrics

T = TypeVar("T")


class Workers:
    """Runs functions in threads, `workers` at once, each watched: see `attendance_ml.faces.stages`."""

    def __init__(self, workers: int, metrics: WorkMetrics) -> None:
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="inference")

    async def run(self, work: Callable[[], T], deadline: Deadline) -> T:
        """The result of `work`, run in a thread in this task's context.

        Raises:
            DeadlineExceeded: nobody waited any more before the work, or a stage of it, began.
        """
        submitted = time.perf_counter()
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, context.run, self._watched, work, deadline, submitted
        )

    def _watched(self, work: Callable[[], T], deadline: Deadline, submitted: float) -> T:
        watch = self._metrics.watch(deadline)
        watch.took(QUEUE, time.perf_counter() - submitted)
        watch.check(QUEUE)
        with watched_by(watch):
            return work()

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
