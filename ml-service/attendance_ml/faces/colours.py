"""Pictures of any colour mode as plain RGB. It knows no file format."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attendance_ml.faces.resize import STRIP


def rgb_pixels(image: Image.Image) -> NDArray[np.uint8]:
    """The picture as `to_rgb` makes it, (H, W, 3), a few rows at a time.

    Pillow holds four bytes a pixel in every step of a conversion: at once, 50 megapixels with transparency took 1 GB.
    """
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for top in range(0, image.height, STRIP):
        rows = pixels[top : top + STRIP]
        rows[:] = np.asarray(to_rgb(image.crop((0, top, image.width, top + len(rows)))))
    return pixels


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in mode RGB: grey of 16 bits with its levels kept, what is transparent on white paper."""
    if image.mode.startswith("I"):  # Pillow's own conversion would clip 16-bit grey to white
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return image.convert("RGB")
