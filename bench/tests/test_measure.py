"""What is timed is what is done, the processor time that of whoever did it."""

import os
import time

from attendance_bench.measure import measure, processes_clock, throughput


def test_every_way_runs_as_often_as_asked_each_time_after_one_to_warm_up() -> None:
    done = []
    ways = {"one": (lambda: done.append("one") or 3, time.process_time), "two": (lambda: done.append("two"), time.time)}
    one, two = measure("work", ways, 4)
    assert done == ["one", "one", "two", "two"] * 4
    assert (one.way, one.faces, one.runs) == ("one", 3, 4)
    assert two.faces is None


def test_waiting_takes_time_and_no_processor() -> None:
    (figure,) = measure("wait", {"sleep": (lambda: time.sleep(0.02), time.process_time)}, 3)
    assert figure.wall_ms >= 20
    assert figure.cpu_ms < figure.wall_ms


def test_the_clock_of_a_process_counts_its_work() -> None:
    clock = processes_clock([os.getpid()])
    before = clock()
    enough = time.process_time() + 0.05
    while time.process_time() < enough:
        pass
    assert clock() > before


def test_callers_share_the_throughput() -> None:
    rate = throughput(lambda: time.sleep(0.01), callers=2, seconds=0.2)
    assert 0 < rate <= 200
