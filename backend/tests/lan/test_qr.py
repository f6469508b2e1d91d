"""The QR code in the terminal, read by a reader."""

import cv2
import numpy as np
import pytest

from attendance_backend.lan.qr import drawing

HALVES = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}


def as_seen(drawn: str) -> np.ndarray:
    """The picture that a terminal shows in white on black, eight pixels a module."""
    lines = [[HALVES[character] for character in line] for line in drawn.splitlines()]
    halves = np.array(lines, dtype=np.uint8)
    rows = halves.transpose(0, 2, 1).reshape(2 * len(lines), -1)
    return np.kron(rows, np.ones((8, 8), dtype=np.uint8))


@pytest.mark.parametrize("address", ["http://192.168.178.25:8080", "http://127.0.0.1:43210"])
def test_a_phone_reads_the_address_from_the_terminal(address: str) -> None:
    read, *_ = cv2.QRCodeDetector().detectAndDecode(as_seen(drawing(address)))

    assert read == address


def test_it_fits_a_terminal_beside_some_words() -> None:
    lines = drawing("http://192.168.178.25:8080").splitlines()

    assert {len(line) for line in lines} == {33}
    assert len(lines) == 17
