"""Model cards: what each network is, what it is for, what was measured of it and what was not."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from attendance_evaluation.tables import bin_name, percent, table
from attendance_ml.faces.models import SFACE, YUNET
from attendance_ml.faces.models.catalogue import Model

UNMEASURED = (
    "Not measured: differences between demographic groups (no data at hand says who belongs to which, and labels of "
    "that kind were not guessed); children and teenagers; masks, veils and other covering; photos years apart; "
    "siblings and twins; cameras of a classroom in its light. The photos of the development view show adults in public "
    "life, mostly men, about whom press photos of the years around 2000 were taken. Whoever uses this elsewhere should "
    "measure their own people: `python -m attendance_evaluation accuracy --data FOLDER`."
)


def model_cards(figures: dict[str, Any]) -> dict[str, str]:
    """The text of each card, by file name."""
    return {
        f"{model.name}-{model.version}.md": "\n".join(lines) + "\n"
        for model, lines in ((YUNET, _detector(figures)), (SFACE, _embedder(figures)))
    }


def _detector(figures: dict[str, Any]) -> Iterator[str]:
    yield from _identity(YUNET, "Finds faces and five landmarks (eyes, nose, corners of the mouth) on a photo.")
    yield "**Use.** Class photos and portraits, for faces from about 16 pixels of width at the network's input. The"
    yield "product looks at several sizes of a photo, so that small and very large faces are found too. It says where a"
    yield "face is, never whose."
    yield ""
    first = figures["engines"][0]
    yield f"**Measured** on `{figures['data']}`: {first['faces_not_found']} of {first['photos']:,} photos without a"
    yield "face found. Photos shrunk by us, in the middle of a grey picture:"
    yield ""
    if "conditions" in figures:
        yield from table(
            ["face width, pixels", "faces", "not found"],
            ([bin_name(row), str(row["faces"]), str(row["not_found"])] for row in figures["conditions"]["by_width"]),
        )
        yield ""
    yield "**Limits.** One face a photo, upright, unobstructed: crowds are measured elsewhere. A face that is not found"
    yield "counts as missed in every figure of the report."
    yield ""
    yield UNMEASURED


def _embedder(figures: dict[str, Any]) -> Iterator[str]:
    yield from _identity(
        SFACE, "Turns an aligned face of 112 x 112 pixels into 128 numbers; alike faces, near vectors."
    )
    yield "**Use.** Comparing faces with the students of one class, with a teacher who confirms. Not for searching"
    yield "among strangers, not for proving an identity against somebody's will to deceive, not without consent."
    yield ""
    first = figures["engines"][0]
    yield f"**Measured** on `{figures['data']}`, {first['photos']:,} photos of {first['people']:,} people, detection"
    yield "and alignment included, missed where 1 in 100,000 comparisons of different people passes:"
    yield ""
    for row in first["verification"]:
        if "1e-5" in row["missed_at"]:
            probe = "mirror image on both sides" if row["probe_flip"] else "mirror image at enrolment"
            yield f"- {row['way']}, {probe}: {percent(row['missed_at']['1e-5'])}"
    yield ""
    yield "**Populations of the thresholds**, and what the shipped ones let pass and miss there (mean of three photos):"
    yield ""
    yield from _populations()
    yield ""
    yield "**Limits.** Small and blurred faces are missed more often (see the report), and a poor photo leads to"
    yield "a miss rather than a wrong name. People who resemble each other pass more often than the rates promise,"
    yield "hence the look-alike margin and the roster's own check. Vectors of faces are personal data: they are"
    yield "stored encrypted."
    yield ""
    yield UNMEASURED


def _identity(model: Model, purpose: str) -> Iterator[str]:
    yield f"# {model.name} {model.version}"
    yield ""
    yield purpose
    yield ""
    yield from table(
        ["what", ""],
        [
            ["file", f"`{model.file.filename}`, {model.file.size:,} bytes"],
            ["sha256", f"`{model.file.sha256}`"],
            ["licence", model.file.licence],
            ["known in vectors as", f"`{model.id}`"],
            ["from", "OpenCV Zoo; trained by others, used as it is"],
        ],
    )
    yield ""


def _populations() -> Iterator[str]:
    shipped = files("attendance_ml.faces") / "calibrations"
    rows = []
    for flip in ("plain", "flip"):
        curve = json.loads((shipped / f"{SFACE.id}.{flip}.json").read_text(encoding="utf-8"))["curves"]["mean"]
        for population in curve["measured"]:
            false, missed = population["false_match_rate_at"], population["missed_at"]
            rows.append(
                [
                    population["population"],
                    flip,
                    f"{population['people']} people, {population['photos']} photos",
                    *(f"{false[rate]:.5%}" for rate in ("1e-5", "1e-3")),
                    *(f"{missed[rate]['rate']:.2%}" for rate in ("1e-5", "1e-3")),
                ]
            )
    yield from table(
        [
            *("population", "probe", "of", "different pass at 0.50", "at 0.60"),
            *("same missed at 0.50", "at 0.60"),
        ],
        rows,
    )
