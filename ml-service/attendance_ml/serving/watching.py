"""Each call's stages as metrics, and its deadline kept at each. No label tells of a person, a class or a call."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

from attendance_ml.faces.stages import Stage
from attendance_ml.serving.deadlines import Deadline, DeadlineExceeded

STAGE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""From matching one face (under a millisecond) to a queue that nobody should wait in."""

CROPS = (1, 2, 4, 8, 12, 16)
RECEIVE, PARSE, QUEUE = "receive", "parse", "queue"
"""Stages of the service itself, before the library's: until the body is here, reading JSON, waiting for a worker."""


class WorkMetrics:
    """The histograms and counters that all calls share. Memory is there already: `process_resident_memory_bytes`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "ml_stage_seconds", "Time in one stage of a call.", ["stage"], registry=registry, buckets=STAGE_SECONDS
        )
        self.crops = Histogram("ml_batch_crops", "Crops embedded at once.", registry=registry, buckets=CROPS)
        self.callers = Histogram("ml_batch_calls", "Calls in one batch.", registry=registry, buckets=CROPS)
        self.dropped = Counter(
            "ml_dropped_total", "Calls dropped before a stage, nobody waiting any more.", ["stage"], registry=registry
        )
        for stage in (RECEIVE, PARSE, QUEUE, *Stage):
            self.seconds.labels(stage)  # shown from the start, so that a rate over it is never a gap

    def watch(self, deadline: Deadline) -> "CallWatch":
        return CallWatch(self, deadline)


@dataclass(frozen=True, slots=True)
class CallWatch:
    """The library's `Watch` over one call."""

    metrics: WorkMetrics
    deadline: Deadline

    def check(self, before: str) -> None:
        """Raises DeadlineExceeded once nobody waits any more."""
        try:
            self.deadline.check()
        except DeadlineExceeded:
            self.metrics.dropped.labels(before).inc()
            raise

    def took(self, stage: str, seconds: float) -> None:
        self.metrics.seconds.labels(stage).observe(seconds)

    def ran_batch(self, crops: int, callers: int) -> None:
        self.metrics.crops.observe(crops)
        self.metrics.callers.observe(callers)
