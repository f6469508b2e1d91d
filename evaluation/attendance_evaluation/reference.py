"""Makes the stored crops and vectors that the self-test at start compares with."""

from pathlib import Path

import numpy as np

from attendance_ml.faces import decode_image
from attendance_ml.faces.align import CROP_SIDE, align_faces
from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.detect import SCORE, load_detector
from attendance_ml.faces.embed import BATCH, Embedder
from attendance_ml.faces.models import YUNET, Model, ModelStore
from attendance_ml.faces.passes import find_first
from attendance_ml.faces.runtimes import NetworkSpec, Precision
from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime
from attendance_ml.samples import sample_photo

PORTRAITS = ("astronaut.png", "grace_hopper.jpg")
"""Of NASA and the US Navy, both in the public domain, so that crops of them may ship."""


def write_reference(folder: Path, store: ModelStore, model: Model, *, threads: int) -> Path:
    """Both faces and their mirror images, embedded in f32 by onnxruntime, which is not what x86-64 runs on."""
    runtime = OnnxRuntime()
    detector = load_detector(runtime, store.path(YUNET.name), threads=threads)
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
