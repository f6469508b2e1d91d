"""Makes what the self-test at start compares with: stored pictures, and what the networks make of them in f32."""

from pathlib import Path

import numpy as np

from attendance_ml.faces import decode_image
from attendance_ml.faces.align import CROP_SIDE, align_faces
from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.detect import SCORE, Detector
from attendance_ml.faces.embed import BATCH, Embedder
from attendance_ml.faces.models import YUNET, Model, ModelStore
from attendance_ml.faces.passes import find_first
from attendance_ml.faces.runtimes import NetworkSpec, Precision
from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PORTRAITS = ("astronaut.png", "grace_hopper.jpg")
"""Of NASA and the US Navy, both in the public domain, so that crops of them may ship."""

PEOPLE, SCENE_SIZE, SCENE_FACE = 8, (448, 320), 40
"""Faces on the detector's picture, its size, and the faces' width: near the small ones of a back row."""


def write_scene_reference(folder: Path, store: ModelStore, *, threads: int) -> Path:
    """Both people in turn on one picture, and what the detector finds on it in f32 by onnxruntime."""
    portraits = [sample_portrait(PORTRAITS[index % len(PORTRAITS)]) for index in range(PEOPLE)]
    pixels = np.asarray(compose_class(portraits, size=SCENE_SIZE, face_width=SCENE_FACE).image)
    path = folder / f"{YUNET.id}.npz"
    np.savez_compressed(path, pixels=pixels, found=_exact_detector(OnnxRuntime(), store, threads)(pixels))
    return path


def write_reference(folder: Path, store: ModelStore, model: Model, *, threads: int) -> Path:
    """Both faces and their mirror images, embedded in f32 by onnxruntime, which is not what x86-64 runs on."""
    runtime = OnnxRuntime()
    detector = _exact_detector(runtime, store, threads)
    spec = NetworkSpec(store.path(model.name), bgr=False, size=(CROP_SIDE, CROP_SIDE))
    network = runtime.load(spec, threads=threads, precision=Precision.F32)
    embedder = Embedder(SharedBatches(network, BATCH))
    faces = []
    for name in PORTRAITS:
        pixels = decode_image(sample_photo(name).read_bytes()).pixels
        found = find_first(detector, pixels)
        faces.append(align_faces(pixels, found[:1, 4:SCORE].reshape(-1, 5, 2)))
    crops = np.concatenate([*faces, *(face[:, :, ::-1] for face in faces)])
    path = folder / f"{model.id}.npz"
    np.savez_compressed(path, crops=crops, vectors=embedder(crops, flip=False))
    return path


def _exact_detector(runtime: OnnxRuntime, store: ModelStore, threads: int) -> Detector:
    """Without the self-test, which compares with what is made here."""
    spec = NetworkSpec(store.path(YUNET.name), bgr=True, size=(None, None))
    return Detector(runtime.load(spec, threads=threads, precision=Precision.F32), Precision.F32)
