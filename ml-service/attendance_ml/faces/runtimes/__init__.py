"""What runs a network: one small Protocol, one file per runtime. Nothing here knows what the network is for."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Network = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]
"""Images (N, H, W, 3) uint8 RGB in, outputs in the file's order. May be called from several threads at once."""


class Precision(StrEnum):
    F32 = "f32"
    BF16 = "bf16"


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """How a network file is to be fed. A None in `size` (height, width) means that any is taken."""

    path: Path
    bgr: bool
    size: tuple[int | None, int | None]


class Runtime(Protocol):
    """Loads ONNX files onto this machine's processor."""

    @property
    def name(self) -> str:
        """`openvino` or `onnxruntime`, with its version."""

    def native_precisions(self) -> tuple[Precision, ...]:
        """What this processor computes without emulation, fastest first; f32 is always among them."""

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        """The network, ready for batches of any number of images."""


def best_runtime() -> Runtime:
    """OpenVINO where it is installed (x86-64), else onnxruntime (ARM, macOS).

    Raises:
        ModuleNotFoundError: neither is.
    """
    if importlib.util.find_spec("openvino"):
        from attendance_ml.faces.runtimes.openvino import OpenVinoRuntime  # noqa: PLC0415  only one of the two is there

        return OpenVinoRuntime()
    from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime  # noqa: PLC0415  only one of the two is there

    return OnnxRuntime()
