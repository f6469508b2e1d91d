"""`models`: what there is, what is in use, and the change from one to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from attendance_contract.errors import MlProblem
from attendance_contract.models import ModelId
from attendance_contract.registry import ModelAnswer, ModelInfo, ModelsAnswer, ModelState, ModelStateRequest
from attendance_kit.errors import NotFound, problem_responses
from attendance_ml.serving.answers import available_model_of, model_of
from attendance_ml.serving.context import Context, CurrentContext
from attendance_ml.serving.engines import Engines, ModelMismatch

router = APIRouter(prefix="/models")
ACCEPTED = 202


@router.get("")
async def models(context: CurrentContext) -> ModelsAnswer:
    """Every model of this installation, with its state, licence and checksum; those in use with their runtime too."""
    context.engines.current()
    return ModelsAnswer(models=[*_listed(context.engines), *_passive(context)], liveness=context.passive.state)


ON_ITS_WAY: dict[int | str, dict[str, Any]] = {ACCEPTED: {"model": ModelAnswer, "description": "It is being loaded"}}


@router.put("/{model_id}/state", responses=ON_ITS_WAY | problem_responses(MlProblem, [NotFound, ModelMismatch]))
async def bring_model_to_state(
    model_id: Annotated[ModelId, Path()], body: ModelStateRequest, context: CurrentContext, response: Response
) -> ModelAnswer:
    """Load, make current, or unload a model that makes vectors. 202: it is on its way; the list tells when it is there.

    Calls under way end with the model that they began with.
    """
    engines = context.engines
    engines.bring_to(model_id, body.state)
    if engines.state(model_id) is ModelState.LOADING:
        response.status_code = ACCEPTED
    return ModelAnswer(model=next(model for model in _listed(engines) if model.id == model_id))


def _listed(engines: Engines) -> list[ModelInfo]:
    shown: dict[str, ModelInfo] = {}
    for loaded in engines.in_use():
        for facts in loaded.engine.models():
            shown.setdefault(facts.id, model_of(facts))
        shown[loaded.model].state = engines.state(loaded.model)
    waiting = [
        available_model_of(model, engines.state(model.id), engines.error(model.id)) for model in engines.not_in_use()
    ]
    return [*shown.values(), *waiting]


def _passive(context: Context) -> list[ModelInfo]:
    networks = context.passive.networks
    return [model_of(facts) for facts in networks.facts] if networks else []
