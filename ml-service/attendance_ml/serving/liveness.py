"""Passive liveness as this process has it: on where its models are here, else off, and then it says why."""

import asyncio
from collections.abc import Callable

import structlog

from attendance_contract.errors import ErrorCode
from attendance_contract.registry import PassiveState
from attendance_kit.errors import ServiceError
from attendance_ml.faces.liveness import PassiveLiveness, load_liveness
from attendance_ml.faces.models import LIVENESS, ModelMissingError, ModelStore

LOADING = "It is still being loaded."
log = structlog.stdlib.get_logger(__name__)


class LivenessOff(ServiceError):
    status, code, title = 409, ErrorCode.LIVENESS_OFF, "Passive liveness is off here"


class PassiveSwitch:
    """`load` makes the networks; raising, it leaves them off."""

    def __init__(self, load: Callable[[], PassiveLiveness]) -> None:
        self._load = load
        self._reason = LOADING
        self.networks: PassiveLiveness | None = None

    async def load(self) -> None:
        """Load the networks. Without them the service runs; why is kept, and told to those who ask."""
        try:
            self.networks = await asyncio.to_thread(self._load)
        except ModelMissingError as missing:
            self._reason = str(missing)
            log.info("liveness_off", reason=self._reason)
        except Exception:
            self._reason = "Its models can't be loaded; the service's log says why."
            log.exception("liveness_failed_to_load")
        else:
            log.info("liveness_on", models=[facts.id for facts in self.networks.facts])

    @property
    def state(self) -> PassiveState:
        return PassiveState(is_on=self.networks is not None, reason=None if self.networks else self._reason)

    def require(self, field: str) -> PassiveLiveness:
        """The networks.

        Raises:
            LivenessOff: there are none; `field` is what asked for them.
        """
        if self.networks is None:
            raise LivenessOff(f"Passive liveness is off here: {self._reason}", field=field)
        return self.networks


def load_fetched(threads: int) -> PassiveLiveness:
    """The networks, from where fetched models lie.

    Raises:
        ModelMissingError: one of them has not been fetched.
        WrongChecksumError: a file is not the model it should be.
    """
    store = ModelStore()
    return load_liveness({model.name: store.path(model.name) for model in LIVENESS}, threads=threads)
