"""`liveness`: error rates of passive liveness and of the head-turn challenge."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from attendance_evaluation.commands.registering import THREADS, Commands, add_command, measured_engine
from attendance_evaluation.passive import MEAN_OF, PassiveRates, Scores, means, rates, score_frames
from attendance_evaluation.photos import lfw_photos
from attendance_evaluation.turns import Judge, Outcome, turning_people, waved_photos, webcam_sequences
from attendance_ml.faces import FaceEngine, load_calibration
from attendance_ml.faces.liveness import load_liveness
from attendance_ml.faces.models import LIVENESS, SFACE, ModelMissingError, ModelStore

WAVED = 40
MADE_OF = "made of photos of one person at different poses, of different days: no video is at hand"


def register(commands: Commands) -> None:
    """Adds `liveness`."""
    added = add_command(commands, "liveness", run, "error rates of passive liveness and of the head-turn challenge")
    added.add_argument("--data", type=Path, required=True, help="the folder spoof-nuaa-train")
    added.add_argument("--poses", type=Path, help="people at several poses (default: lfw-view1 beside it)")
    added.add_argument("--waved", type=int, default=WAVED, help="how many people's photos are waved")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints the error rates; what can't be measured here is named with the reason."""
    engine = measured_engine("auto")
    passive = measure_passive(options.data, engine)
    challenge = measure_challenge(
        options.data, options.poses or options.data.parent / "lfw-view1", engine, options.waved
    )
    if options.json:
        print(json.dumps({"passive": plain(passive), "challenge": plain(challenge)}, indent=2))
    else:
        print("\n".join([*_passive_lines(passive), *_challenge_lines(challenge)]))
    return True


def measure_passive(data: Path, engine: FaceEngine) -> dict[str, Any]:
    """Rates of single frames and of means, or why there are none."""
    store = ModelStore()
    try:
        paths = {model.name: store.path(model.name) for model in LIVENESS}
    except ModelMissingError as missing:
        return {"skipped": str(missing)}
    scores = score_frames(data, engine, load_liveness(paths, threads=THREADS))
    averaged = means(scores)
    measured = {"single": rates(scores)}
    if len(averaged.score):
        measured[f"mean of {MEAN_OF}"] = rates(averaged)
    return {
        "data": data.resolve().name,
        "people": len(set(scores.person)),
        "frames": _frames(scores),
        "rates": measured,
    }


def measure_challenge(data: Path, poses: Path, engine: FaceEngine, waved: int) -> dict[str, Any]:
    """Outcomes of people who turn, of waved photos, and of real frames without a turn."""
    judge = Judge(engine, load_calibration(SFACE.id, probe_flip=True))
    still = webcam_sequences(data, judge)
    if not poses.is_dir():
        return {"still": still, "skipped": f"no people at several poses in {poses.name}"}
    photos = lfw_photos(poses)
    return {"turns": turning_people(photos, judge), "waved": waved_photos(photos, judge, waved), "still": still}


def _frames(scores: Scores) -> dict[str, int]:
    live = int(scores.live.sum())
    return {"live": live, "photos": len(scores.live) - live, "too_close": scores.too_close}


def plain(figures: Any) -> Any:
    """Figures as data."""
    if isinstance(figures, dict):
        return {name: plain(value) for name, value in figures.items()}
    return asdict(figures) if isinstance(figures, PassiveRates | Outcome) else figures


def _passive_lines(passive: dict[str, Any]) -> list[str]:
    if "skipped" in passive:
        return [f"passive liveness: not measured. {passive['skipped']}"]
    frames, people = passive["frames"], passive["people"]
    lines = [
        f"passive liveness: {frames['live']} live frames, {frames['photos']} of printed photos, of {people} people"
    ]
    for name, found in passive["rates"].items():
        lines += [
            f"  {name}: area under curve {found.auc:.4f}, equal error rate {found.eer:.2%} at {found.eer_score:.3f}",
            f"    at {found.threshold}: attacks passed {found.attacks_passed}, live refused {found.live_refused}",
        ]
    return [*lines, f"  {frames['too_close']} faces wider than the service judges; they are counted above"]


def _challenge_lines(challenge: dict[str, Any]) -> list[str]:
    lines = ["head-turn challenge, by landmarks and vectors alone: sequences that passed"]
    if "skipped" in challenge:
        lines.append(f"  turns and waved photos: not measured, {challenge['skipped']}")
    else:
        lines.append(f"  {_line('turns', challenge['turns'])} ({MADE_OF})")
        lines += [f"  {_line(name, outcome)}" for name, outcome in challenge["waved"].items()]
    for name, outcome in challenge["still"].items():
        lines.append(f"  {_line(f'webcam frames without a turn, {name}', outcome)}")
    return lines


def _line(name: str, outcome: Outcome) -> str:
    reasons = ", ".join(f"{reason} {count}" for reason, count in outcome.reasons.items())
    return f"{name}: {outcome.passed}{f'; against the others: {reasons}' if reasons else ''}"
