"""A freed photo leaves the process, though others are still held behind it."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
from pathlib import Path
import numpy as np
from attendance_ml.serving.allocation import give_large_buffers_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if sys.argv[1] == "set":
    assert give_large_buffers_back()
photo = np.ones(24_000_000, np.uint8)
del photo
photo, behind = np.ones(24_000_000, np.uint8), np.ones(100_000, np.uint8)
before = resident()
del photo
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed, and has the setting")
def test_a_freed_photo_leaves_the_process_and_would_not_otherwise() -> None:
    given_back = {
        way: int(subprocess.run([sys.executable, "-c", PROGRAM, way], capture_output=True, check=True).stdout)
        for way in ("set", "unset")
    }
    assert given_back["set"] > 20_000_000
    assert given_back["unset"] < 4_000_000
