"""Sample photos for tests, demo and bench: fetched by checksum, never shipped."""

from attendance_ml.samples.catalogue import SAMPLES, Box, SampleMissingError, SamplePhoto, sample_photo, samples_folder
from attendance_ml.samples.compose import ClassPhoto, Place, Portrait, compose_class, sample_portrait

__all__ = [
    "SAMPLES",
    "Box",
    "ClassPhoto",
    "Place",
    "Portrait",
    "SampleMissingError",
    "SamplePhoto",
    "compose_class",
    "sample_photo",
    "sample_portrait",
    "samples_folder",
]
