"""onnxruntime on the processor: the runtime where there is no OpenVINO (ARM, macOS). Always f32.

The files are made for one fixed input shape; they are opened for any in memory, so only the checked file is on disk.
"""

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision


class OnnxRuntime:
    """Implements `Runtime`."""

    @property
    def name(self) -> str:
        return f"onnxruntime {onnxruntime.__version__}"

    def native_precisions(self) -> tuple[Precision, ...]:
        return (Precision.F32,)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        if precision is not Precision.F32:
            raise ValueError(f"{self.name} computes in f32 here, not in {precision}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # its warnings are about initialisers that it removes itself
        network = _any_shape(onnx.load(spec.path), spec)
        session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return _Session(session, bgr=spec.bgr)


class _Session:
    """onnxruntime's sessions may be run from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession, *, bgr: bool) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._step = -1 if bgr else 1

    def __call__(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        planes = images[..., :: self._step].transpose(0, 3, 1, 2).astype(np.float32, order="C")
        outputs: list[NDArray[np.float32]] = self._session.run(None, {self._input: planes})
        return outputs


def _any_shape(model: onnx.ModelProto, spec: NetworkSpec) -> onnx.ModelProto:
    """The model with a free batch, and free sides where `spec.size` says so."""
    graph = model.graph
    constants = {tensor.name for tensor in graph.initializer}
    used = {name for node in graph.node for name in node.input} - constants
    inputs = [value for value in graph.input if value.name in used]
    del graph.input[:], graph.value_info[:]
    graph.input.extend(inputs)
    for name, position, side in (("N", 0, None), ("H", 2, spec.size[0]), ("W", 3, spec.size[1])):
        if side is None:
            graph.input[0].type.tensor_type.shape.dim[position].dim_param = name
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    _free_reshapes(graph)
    return model


def _free_reshapes(graph: onnx.GraphProto) -> None:
    """YuNet's three heads end in Reshape to [1, -1, k]; a 0 instead of the 1 means: as many as came in."""
    targets = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in targets:
            shape = onnx.numpy_helper.to_array(tensor).copy()
            if shape[0] == 1:
                shape[0] = 0
                tensor.CopyFrom(onnx.numpy_helper.from_array(shape, tensor.name))
