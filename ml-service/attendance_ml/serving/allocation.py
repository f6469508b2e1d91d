"""Keeps the memory that photos are worked on in small, and ready for the next one. Changes nothing without glibc."""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""Numbers of glibc's `mallopt`."""

LARGE, KEPT = 32 * 2**20, 16 * 2**20
"""Bytes from which a buffer is mapped on its own (the most that glibc takes), and free bytes that may stay at the top
of the heap. What is mapped anew for each photo costs a page fault for every 4 KB of it: from 1 MB on, as it was, a
class photo of 2.5 megapixels met 940 faults and one of 12 megapixels 1,900; so it is 5 and 610."""


def share_one_heap() -> bool:
    """Whether it could be set: one heap for all threads, before the first thread begins.

    Left alone, glibc gives each thread a heap of its own, and the pixels of earlier photos leave holes in all of them.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return False
    return all([mallopt(ARENA_MAX, 1), mallopt(MMAP_THRESHOLD, LARGE), mallopt(TRIM_THRESHOLD, KEPT)])
