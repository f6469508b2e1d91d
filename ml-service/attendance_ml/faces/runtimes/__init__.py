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
    F16 = "f16"
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
    """Onnxruntime where it has a CUDA device; else OpenVINO (x86-64); else onnxruntime (ARM, macOS).

    Raises:
        ModuleNotFoundError: neither is installed.
    """
    if is_installed("onnxruntime") and is_installed("onnx"):
        from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime  # noqa: PLC0415  often not installed

        runtime = OnnxRuntime()
        if runtime.on_cuda or not is_installed("openvino"):
            return runtime
    from attendance_ml.faces.runtimes.openvino import OpenVinoRuntime  # noqa: PLC0415  not made for every machine

    return OpenVinoRuntime()


def is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
