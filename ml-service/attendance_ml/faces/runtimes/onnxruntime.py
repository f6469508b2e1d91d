"""onnxruntime: on a CUDA device where that works, else on the processor where there is no OpenVINO (ARM, macOS).
Always f32.

The files are made for one fixed input shape; they are opened for any in memory, so only the checked file is on disk.
"""

from functools import partial

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class OnnxRuntime:
    """Implements `Runtime`, by CUDA where that works."""

    def __init__(self) -> None:
        self._providers = [CUDA, CPU] if cuda_works() else [CPU]

    @property
    def name(self) -> str:
        return f"onnxruntime {onnxruntime.__version__}{' CUDA' if self.on_cuda else ''}"

    @property
    def on_cuda(self) -> bool:
        return CUDA in self._providers

    def native_precisions(self) -> tuple[Precision, ...]:
        return (Precision.F32,)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        if precision is not Precision.F32:
            raise ValueError(f"{self.name} computes in f32 here, not in {precision}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # its warnings are about initialisers that it removes itself
        network = _any_shape(onnx.load(spec.path), spec)
        session = onnxruntime.InferenceSession(network.SerializeToString(), options, providers=self._providers)
        return _Session(session, bgr=spec.bgr)


def cuda_works() -> bool:
    """Whether a session really gets CUDA: onnxruntime may be built for it where there is no device or no driver."""
    if CUDA not in onnxruntime.get_available_providers():
        return False
    value = partial(onnx.helper.make_tensor_value_info, elem_type=onnx.TensorProto.FLOAT, shape=[1])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["in"], ["out"])], "probe", [value("in")], [value("out")]
    )
    opset = [onnx.helper.make_opsetid("", 13)]
    probe = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return CUDA in onnxruntime.InferenceSession(probe, providers=[CUDA, CPU]).get_providers()


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
