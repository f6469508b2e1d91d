"""The written report: tables, plots and model cards in one folder. It holds no photo and no name of a person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attendance_evaluation.cards import model_cards
from attendance_evaluation.plots import draw_all
from attendance_evaluation.tables import accuracy_lines

CAPTIONS = {
    "roc": "How many of one person's comparisons are recognised, by how many of different people's pass.",
    "det": "Both errors on logarithmic scales: lower is better. What misses nobody can't be drawn.",
    "strangers": "A class of the largest size: students found at their own name, by how many strangers' faces are "
    "taken for anybody.",
    "by_width": "What becomes of small faces: three photos enrolled as they are, the probe shrunk.",
    "by_quality": "By the quality score of the probe, shrunk and blurred ones among them.",
}

READING = """\
How to read it:

- **Every pair**: each photo is compared with each other photo (single) or with each template of two or three photos of
  a person, detection and alignment included. *Accuracy* is at the best threshold, where pairs of one person and of two
  are equally frequent. *Missed at 1e-5* is the share of a person's own comparisons that are lost at the threshold that
  1 in 100,000 comparisons of different people exceeds. `(on 3)` marks a threshold that hangs on so few pairs.
- **Intervals** are of 95 %, over draws of as many *people* anew: photos of one person are no independent evidence.
  `[0 %, 0 %]` says that it happened in no draw, not that it can't happen.
- **Classes and strangers**: students drawn at random, everybody else a stranger, through the product's own gallery and
  matching with the shipped calibration at 0.50 and 0.60, one face a photo; counts are over 100 classes, which share
  people. *Neither present nor offered* includes students for whom another's name was given. *Found at 1 % strangers*:
  students named rightly where the threshold lets 1 % of strangers' faces pass for anybody.
- The old engine is dlib as the replaced service called it (HOG, one upsampling, one vector, the nearest by Euclidean
  distance, present below 0.5, offered below 0.6), on the same photos as ours beside it, of which it never used mirror
  images.
- The thresholds in use were measured on this development view among others, so the classes drawn from it are no
  independent proof of them; the errors by pair use no shipped threshold.
- **People held out**: the people are drawn into two halves; thresholds come from one half alone, by the rule of the
  shipped ones, and pairs and classes from the other, and the other way round. No person is on both sides. Beside them
  the same classes at the shipped thresholds. A half has a quarter of the pairs: its threshold for 1 in 100,000 rests on
  nine of them, and is the surer (higher) for it.
- A face that is not found is a miss.
"""


def write_report(figures: dict[str, Any], folder: Path) -> list[str]:
    """Writes `README.md`, the plots and the cards; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    plots = draw_all(figures, folder)
    cards = model_cards(figures)
    (folder / "README.md").write_text("\n".join(_lines(figures, plots, list(cards))) + "\n", encoding="utf-8")
    for name, text in cards.items():
        (folder / name).write_text(text, encoding="utf-8")
    return ["README.md", *cards, *(f"{name}{end}" for name in plots for end in (".svg", ".png"))]


def _lines(figures: dict[str, Any], plots: list[str], cards: list[str]) -> Iterator[str]:
    machine = figures["machine"]
    yield from ("# How well people are told apart", "")
    yield f"Measured on `{figures['data']}` at commit {figures['commit']}, on {machine['cpu']}"
    yield f"({machine['cores']} cores, {machine['system']}, Python {machine['python']}), with"
    yield ", ".join(f"{model['id']} on {model['runtime']} in {model['precision']}" for model in figures["models"]) + "."
    yield f"Intervals from {figures['resamples']:,} draws."
    yield ""
    links = [f"[{name.removesuffix('.md')}]({name})" for name in cards]
    yield f"Model cards: {', '.join(links)}."
    yield from ("", READING)
    for name in plots:
        yield from (f"![{CAPTIONS[name]}]({name}.svg)", "", f"*{CAPTIONS[name]}*", "")
    yield from accuracy_lines(figures)
