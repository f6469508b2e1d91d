"""Model cards: what each network is, what it is for, what was measured of it and what was not."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from attendance_evaluation.tables import bin_name, percent, table
from attendance_ml.faces.liveness import GROWN, LIVE, WIDEST
from attendance_ml.faces.models import LIVENESS, SFACE, YUNET
from attendance_ml.faces.models.catalogue import Model

UNMEASURED = (
    "Not measured: differences between demographic groups (no data at hand says who belongs to which, and labels of "
    "that kind were not guessed); children and teenagers; masks, veils and other covering; photos years apart; "
    "siblings and twins; cameras of a classroom in its light. The photos of the development view show adults in public "
    "life, mostly men, about whom press photos of the years around 2000 were taken. Whoever uses this elsewhere should "
    "measure their own people: `python -m attendance_evaluation accuracy --data FOLDER`."
)


def model_cards(figures: dict[str, Any]) -> dict[str, str]:
    """The text of each card, by file name; that of passive liveness where it was looked at."""
    cards = {_filename(YUNET): _detector(figures), _filename(SFACE): _embedder(figures)}
    if "liveness" in figures:
        cards["minifasnet.md"] = _liveness(figures["liveness"])
    return {name: "\n".join(lines) + "\n" for name, lines in cards.items()}


def _filename(model: Model) -> str:
    return f"{model.name}-{model.version}.md"


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


def _liveness(passive: dict[str, Any]) -> Iterator[str]:
    yield from ("# MiniFASNet: passive liveness", "")
    yield "Two networks look at a face with its surroundings and score whether a person is there or a printed photo."
    yield "The score is the mean of both."
    yield ""
    origin = "Minivision's Silent-Face-Anti-Spoofing, as ONNX by others; used as it is"
    for model in LIVENESS:
        sees = f"the face's box grown {GROWN[model.name]:g} times, at 80 x 80 pixels"
        yield from _facts(
            model, {"looks at": sees, "known in `GET /api/ml/models` as": f"`{model.id}`", "from": origin}
        )
        yield ""
    yield "**Use.** A hint for one person at a time, enrolling or at a kiosk: a low score leads to another try or to"
    yield "the turn of the head, never to a silent refusal, and never on class photos. Optional: where the files can't"
    yield "be fetched, passive liveness is off and says so."
    yield ""
    yield from _passive_figures(passive)
    yield ""
    yield f"**Limits.** A face wider than {WIDEST:.0%} of the frame leaves too little around it and is not judged. What"
    yield "the networks were trained on is not disclosed. On NUAA's test split (3,362 live frames, 5,761 of printed"
    yield f"photos) others measured 0.09 % of the photos passing at {LIVE} and 0.45 % of the live frames refused."
    yield ""
    yield "Not measured: screens, video played back, masks; cameras and light of a school; differences between"
    yield "demographic groups, for which six people say nothing. Whoever has frames of their own should measure them:"
    yield "`python -m attendance_evaluation liveness --data FOLDER`."


def _passive_figures(passive: dict[str, Any]) -> Iterator[str]:
    if "skipped" in passive:
        yield f"**Measured**: not here. {passive['skipped']}"
        return
    frames = passive["frames"]
    yield f"**Measured** on {frames['live']} live frames and {frames['photos']} of printed photos held up, of"
    yield f"`{passive['data']}`, {passive['people']} people; {frames['too_close']} faces are wider than the service"
    yield "judges, and are counted. Intervals are over people drawn anew."
    yield ""
    yield from table(
        ["frames", "area under the curve", "equal error", "at the score", f"photos passed at {LIVE}", "live refused"],
        (
            [
                name,
                f"{found.auc:.4f}",
                f"{found.eer:.2%}",
                f"{found.eer_score:.3f}",
                str(found.attacks_passed),
                str(found.live_refused),
            ]
            for name, found in passive["rates"].items()
        ),
    )


def _identity(model: Model, purpose: str) -> Iterator[str]:
    yield from (f"# {model.name} {model.version}", "", purpose, "")
    facts = {"known in vectors as": f"`{model.id}`", "from": "OpenCV Zoo; trained by others, used as it is"}
    yield from (*_facts(model, facts), "")


def _facts(model: Model, more: dict[str, str]) -> Iterator[str]:
    """What the catalogue knows of a file, and more, as a table."""
    rows = {
        "file": f"`{model.file.filename}`, {model.file.size:,} bytes",
        "sha256": f"`{model.file.sha256}`",
        "licence": f"{model.file.licence}, its text in `attendance_ml/faces/models/licences/{model.licence_file}`",
    }
    yield from table(["what", ""], ([name, value] for name, value in {**rows, **more}.items()))


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
