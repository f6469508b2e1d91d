"""Pictures of any colour mode as plain RGB. It knows no file format."""

import numpy as np
from PIL import Image


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in mode RGB: grey of 16 bits with its levels kept, what is transparent on white paper."""
    if image.mode.startswith("I"):  # Pillow's own conversion would clip 16-bit grey to white
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return image.convert("RGB")
