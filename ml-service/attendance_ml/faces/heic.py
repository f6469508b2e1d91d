"""HEIC photos to pixels, by the program `heic_decoder.py`. The decoder itself is never loaded into this process.

That program's libraries are large, take hostile input, can't be stopped once they decode, and are partly under the GPL.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attendance_ml.faces.colours import to_rgb
from attendance_ml.faces.resize import STRIP

PROGRAM = Path(__file__).with_name("heic_decoder.py")
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT")
"""What an interpreter may need to start. Nothing else is handed on: the environment holds the service's keys."""

BROKEN_BY_A_PHOTO = frozenset(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGXCPU"])
"""Signals that end the program because of what it was given; the last one after too much processor time."""


class HeicProgramError(Exception):
    """The decoding program itself fails, whatever the photo is."""


def decode_heic(data: bytes, check_size: Callable[[int, int], None]) -> NDArray[np.uint8]:
    """The primary image of a HEIC, (H, W, 3) uint8 RGB, turned upright as its container says.

    Args:
        data: the file.
        check_size: is told width and height before a pixel is decoded, and raises to refuse them.

    Raises:
        ValueError: it does not decode, or not within the program's bounds of memory and time.
        HeicProgramError: the program could not do its work.
    """
    pixels = None
    with contextlib.suppress(BrokenPipeError), _started(len(data)) as program:  # it may end before it has read all
        pipes = cast("BufferedWriter", program.stdin), cast("BufferedReader", program.stdout)
        pixels = _converse(*pipes, data, check_size)
    if pixels is not None:
        return pixels
    if program.returncode == 0 or _broke(program.returncode):
        raise ValueError("the HEIC does not decode")
    # Somebody stopped it, or it could not start: the same photo may well do the next time.
    raise HeicProgramError(f"the HEIC decoder ended with status {program.returncode}")


def _broke(status: int) -> bool:
    return status < 0 and signal.Signals(-status).name in BROKEN_BY_A_PHOTO


def _started(size: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", str(PROGRAM), str(size)]
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment)
    except OSError as error:
        raise HeicProgramError("the HEIC decoder does not start") from error


def _converse(
    to: BufferedWriter, answer: BufferedReader, data: bytes, check_size: Callable[[int, int], None]
) -> NDArray[np.uint8] | None:
    """The pixels, or None when the program has ended before the last of them."""
    to.write(data)
    to.flush()
    told = answer.readline().split()
    if not told:
        return None
    width, height, mode = int(told[0]), int(told[1]), told[2].decode("ascii")
    check_size(width, height)
    to.write(b"\n")
    to.flush()
    pixels = np.empty((height, width, 3), np.uint8)
    whole = _fill(pixels, answer) if mode == "RGB" else _fill_converted(pixels, answer, mode)
    return pixels if whole else None


def _fill(pixels: NDArray[np.uint8], answer: BufferedReader) -> bool:
    """Whether so many bytes came."""
    return answer.readinto(pixels.data.cast("B")) == pixels.nbytes


def _fill_converted(pixels: NDArray[np.uint8], answer: BufferedReader, mode: str) -> bool:
    """The same for other colour modes, a few rows at a time: a photo of 50 megapixels would need a gigabyte at once."""
    width = pixels.shape[1]
    row_bytes = width * len(Image.new(mode, (1, 1)).tobytes())
    for top in range(0, len(pixels), STRIP):
        rows = pixels[top : top + STRIP]
        raw = answer.read(len(rows) * row_bytes)
        if len(raw) < len(rows) * row_bytes:
            return False
        rows[:] = np.asarray(to_rgb(Image.frombytes(mode, (width, len(rows)), raw)))
    return True
