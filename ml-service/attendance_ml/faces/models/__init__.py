"""The registry of models: which there are, where they come from, where they lie. It loads none of them."""

from attendance_ml.faces.models.catalogue import (
    CATALOGUE,
    EMBEDDERS,
    LIVENESS,
    SFACE,
    SFACE_DEQUANTISED,
    YUNET,
    Model,
)
from attendance_ml.faces.models.checksums import WrongChecksumError
from attendance_ml.faces.models.store import ModelMissingError, ModelStore, cache_folder, source_folder

__all__ = [
    "CATALOGUE",
    "EMBEDDERS",
    "LIVENESS",
    "SFACE",
    "SFACE_DEQUANTISED",
    "YUNET",
    "Model",
    "ModelMissingError",
    "ModelStore",
    "WrongChecksumError",
    "cache_folder",
    "source_folder",
]
