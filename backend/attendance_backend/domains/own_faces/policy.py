"""What students are asked to do before the camera, and whether they did."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from attendance_backend.ports.faces import NotLive
from attendance_backend.uploads import check_image
from attendance_contract.models import MIN_FRAMES, Challenge, LivenessAnswer
from attendance_kit.errors import InvalidRequest

GOOD_FOR = timedelta(minutes=2)
"""How long a challenge is good: to be read, turned to and sent."""
TURNS = (Challenge.TURN_LEFT, Challenge.TURN_RIGHT)


def another_turn() -> Challenge:
    """A turn that nobody can know before it is asked for."""
    return secrets.choice(TURNS)


def check_frames(frames: Sequence[bytes]) -> None:
    """Raise InvalidRequest where there are too few, ImageTooLarge or InvalidFormat where one is no image."""
    if len(frames) < MIN_FRAMES:
        raise InvalidRequest(f"Send at least {MIN_FRAMES} frames.", field="frames", limit=MIN_FRAMES)
    for frame in frames:
        check_image(frame)


def check_live(answer: LivenessAnswer) -> None:
    """Raise NotLive, with what to do differently, unless somebody turned their head as asked."""
    if not answer.is_live:
        raise NotLive("The frames do not show one person who turns their head as asked.", reasons=answer.reasons)
