"""Inference off the event loop: a few threads, a bounded queue before them, and deadlines kept.

The event loop stays free, so that health and metrics answer at once while photos are worked on.
"""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from attendance_contract.errors import ErrorCode
from attendance_kit.errors import ServiceError
from attendance_kit.metrics import SECONDS
from attendance_ml.serving.deadlines import Deadline

T = TypeVar("T")
RETRY_AFTER_SECONDS = 1


class Overloaded(ServiceError):
    status, code, title = 503, ErrorCode.OVERLOADED, "More photos are waiting than can be worked on"


class Workers:
    """Runs functions in threads. At most `workers` run and `queue` wait; the next one is refused.

    Args:
        workers: functions that run at once.
        queue: functions that may wait.
        registry: gets the queue's metrics.
    """

    def __init__(self, workers: int, queue: int, registry: CollectorRegistry) -> None:
        self.capacity = workers + queue
        self.inside = 0
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="inference")
        self._waited = Histogram("ml_queue_seconds", "Wait for a worker.", registry=registry, buckets=SECONDS)
        self._worked = Histogram("ml_work_seconds", "Work on one call.", registry=registry, buckets=SECONDS)
        self._refused = Counter("ml_overloaded_total", "Calls refused, the queue being full.", registry=registry)
        Gauge("ml_calls_inside", "Calls waiting or worked on.", registry=registry).set_function(lambda: self.inside)

    async def run(self, work: Callable[[], T], deadline: Deadline) -> T:
        """The result of `work`, run in a thread in this task's context.

        Raises:
            Overloaded: the queue is full.
            DeadlineExceeded: the deadline passed before the work began; work under way is not stopped.
        """
        if self.inside >= self.capacity:
            self._refused.inc()
            raise Overloaded("Try again in a moment.", headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        self.inside += 1
        started = time.perf_counter()
        context = contextvars.copy_context()
        future = asyncio.get_running_loop().run_in_executor(
            self._threads, context.run, self._timed, work, deadline, started
        )
        # A caller that went away still occupies its worker until the work is done.
        future.add_done_callback(self._leave)
        return await future

    def _timed(self, work: Callable[[], T], deadline: Deadline, submitted: float) -> T:
        begun = time.perf_counter()
        self._waited.observe(begun - submitted)
        deadline.check()
        try:
            return work()
        finally:
            self._worked.observe(time.perf_counter() - begun)

    def _leave(self, future: "asyncio.Future[T]") -> None:
        self.inside -= 1
        if not future.cancelled():
            future.exception()  # the caller may be gone; a failure nobody awaits is not to be reported as lost

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
