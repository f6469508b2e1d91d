"""Says which model works, to everybody who needs vectors. As long as nobody has chosen it is the ML service's own."""

import structlog

from attendance_backend.domains.enrolment.errors import EnrolmentConflict
from attendance_backend.domains.enrolment.models.repository import ModelChoiceRepository
from attendance_backend.domains.enrolment.models.schemas import ONLY, ModelChoice
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.ports.faces import FaceEngine, MlAnswerInvalid, MlUnavailable, ModelUnknown
from attendance_backend.ports.store import Transaction

log = structlog.stdlib.get_logger(__name__)


class ModelService:
    def __init__(self, choices: ModelChoiceRepository, engine: FaceEngine) -> None:
        self._choices = choices
        self._engine = engine

    async def chosen(self, caller: Caller, tx: Transaction | None = None) -> ModelChoice | None:
        """What was chosen, read each time: who asks after a switch must not get the model before it."""
        return await self._choices.kept(caller, tx)

    async def named(self, caller: Caller) -> str | None:
        """The model to name in a call; None: nobody has chosen, and the ML service takes its own."""
        choice = await self.chosen(caller)
        return choice.model if choice else None

    async def current(self, caller: Caller, wait: float | None = None) -> str:
        """The model whose vectors are compared now."""
        return await self.named(caller) or await self._engine.model(wait)

    async def choose(self, caller: Caller, model: str, beside: str | None, tx: Transaction) -> None:
        await self._choices.put(caller, ModelChoice(id=ONLY, model=model, beside=beside), tx)

    async def check_made(self, caller: Caller, model: str, tx: Transaction) -> None:
        """Raise EnrolmentConflict unless vectors of this model are still made."""
        choice = await self.chosen(caller, tx)
        if choice and model not in {choice.model, choice.beside}:
            raise EnrolmentConflict

    async def keep_loaded(self) -> None:
        """Have the ML service load again what was chosen: after a restart it knows its own settings only."""
        choice = await self.chosen(SYSTEM)
        for model in filter(None, (choice.model, choice.beside) if choice else ()):
            try:
                await self._engine.load(model)
            except (MlUnavailable, MlAnswerInvalid, ModelUnknown) as error:
                log.warning("model_not_loaded", model=model, why=error.code)
