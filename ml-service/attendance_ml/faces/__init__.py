"""The faces library: photos in; faces, vectors and matches out. No web, no database, nothing written to disk.

engine = load_engine({"yunet": ModelStore().path("yunet"), "sface": ModelStore().path("sface")}, threads=2)
photo = decode_image(Path("class.jpg").read_bytes())
faces = engine.detect(photo, min_face_size=12, min_face_area_ratio=0)
vectors = engine.embed(photo, faces, flip=False)
"""

from attendance_ml.faces.calibration import Calibration, Way, calibration_ids, load_calibration, shipped_calibrations
from attendance_ml.faces.decode import ImageLimits, Photo, decode_image, encode_upright_jpeg
from attendance_ml.faces.engine import DetectedFace, FaceEngine, ModelFacts, load_engine
from attendance_ml.faces.errors import (
    FacesError,
    FaceTooSmall,
    ImageTooLarge,
    InvalidDimensions,
    InvalidEmbedding,
    InvalidImage,
    LowQuality,
    ModelMismatch,
    ModelUnusable,
    MultipleFacesFound,
    NoFaceFound,
    UnknownFormat,
)
from attendance_ml.faces.gallery import Comparison, Gallery
from attendance_ml.faces.match import LOOKALIKE_MARGIN, match_faces
from attendance_ml.faces.quality import Pose, Quality, QualityReason, require_quality
from attendance_ml.faces.runtimes import Precision
from attendance_ml.faces.selfcheck import SelfCheck

__all__ = [
    "LOOKALIKE_MARGIN",
    "Calibration",
    "Comparison",
    "DetectedFace",
    "FaceEngine",
    "FaceTooSmall",
    "FacesError",
    "Gallery",
    "ImageLimits",
    "ImageTooLarge",
    "InvalidDimensions",
    "InvalidEmbedding",
    "InvalidImage",
    "LowQuality",
    "ModelFacts",
    "ModelMismatch",
    "ModelUnusable",
    "MultipleFacesFound",
    "NoFaceFound",
    "Photo",
    "Pose",
    "Precision",
    "Quality",
    "QualityReason",
    "SelfCheck",
    "UnknownFormat",
    "Way",
    "calibration_ids",
    "decode_image",
    "encode_upright_jpeg",
    "load_calibration",
    "load_engine",
    "match_faces",
    "require_quality",
    "shipped_calibrations",
]
