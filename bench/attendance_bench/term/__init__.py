"""A term of a whole school, taken through the API and counted again by itself."""

from attendance_bench.term.command import measure_term

__all__ = ["measure_term"]
