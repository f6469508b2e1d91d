"""OpenVINO on the processor: the runtime on x86-64. Colour order, layout and type are changed inside the graph.

Weights stored as blocks of 8-bit numbers become floats while the file is read: OpenVINO's own reader knows no blocks.
"""

from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13
from openvino.frontend.onnx import ConversionExtension
from openvino.preprocess import ColorFormat, PrePostProcessor

from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision

KEPT_KERNELS = 64
"""What is prepared for a size of image is kept, by default 5,000 of it: 1,200 photos of mixed sizes took the detector
from 134 MB to 1,134, still growing. With 64 they take it to 337 MB, flat, and no photo longer."""

CAPABILITIES = {Precision.BF16: "BF16", Precision.F16: "FP16", Precision.F32: "FP32"}
"""What OpenVINO calls them, fastest first."""


class OpenVinoRuntime:
    """Implements `Runtime`."""

    def __init__(self) -> None:
        self._core = openvino.Core()
        self._core.add_extension(ConversionExtension("DequantizeLinear", _dequantised))

    @property
    def name(self) -> str:
        return f"openvino {openvino.__version__.split('-', maxsplit=1)[0]}"

    def native_precisions(self) -> tuple[Precision, ...]:
        capabilities = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return tuple(precision for precision, name in CAPABILITIES.items() if name in capabilities)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        model = self._core.read_model(spec.path)
        for parameter in model.get_parameters():
            if not parameter.output(0).get_target_inputs():  # left over from whoever quantised the weights
                model.remove_parameter(parameter)
        model.reshape([-1, 3, *(-1 if side is None else side for side in spec.size)])
        settings = {
            "INFERENCE_PRECISION_HINT": precision.value,
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "CPU_RUNTIME_CACHE_CAPACITY": KEPT_KERNELS,
            "ENABLE_CPU_PINNING": False,  # pinning tripled the wall time of two processes on one machine
        }
        return _RequestPool(self._core.compile_model(_with_photo_input(model, bgr=spec.bgr), "CPU", settings))


def _dequantised(node: Any) -> Any:
    """The floats that a constant's quantised blocks stand for (ONNX, operator DequantizeLinear, version 21)."""
    quantised, scales, zeros = (np.asarray(node.get_input(index).get_node().data) for index in range(3))
    axis, block = node.get_attribute("axis"), node.get_attribute("block_size")
    sides = tuple(slice(side) for side in quantised.shape)  # the last block may be filled up
    scale, zero = (np.repeat(each, block, axis=axis)[sides].astype(np.float32) for each in (scales, zeros))
    return opset13.constant((quantised.astype(np.float32) - zero) * scale).outputs()


def _with_photo_input(model: Any, *, bgr: bool) -> Any:
    """The model, taking (N, H, W, 3) uint8 RGB."""
    graph = PrePostProcessor(model)
    graph.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    graph.input().tensor().set_color_format(ColorFormat.RGB)
    graph.input().model().set_layout(openvino.Layout("NCHW"))
    steps = graph.input().preprocess().convert_element_type(openvino.Type.f32)
    if bgr:
        steps.convert_color(ColorFormat.BGR)
    return graph.build()


class _RequestPool:
    """A request serves one caller at a time; each concurrent caller gets its own, made when first needed."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._idle: SimpleQueue[Any] = SimpleQueue()

    def __call__(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            request = self._idle.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        try:
            answer = request.infer([np.ascontiguousarray(images)], share_inputs=True)  # outputs are copies
            return [answer[position] for position in range(len(answer))]
        finally:
            self._idle.put(request)
