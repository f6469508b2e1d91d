"""The most used calls on a full school: how long each takes, and what it asks the database."""

from attendance_bench.calls.command import measure_calls

__all__ = ["measure_calls"]
