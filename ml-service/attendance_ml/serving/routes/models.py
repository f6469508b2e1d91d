"""`models`: what is in use."""

from fastapi import APIRouter

from attendance_contract.models import ModelsAnswer
from attendance_ml.serving.answers import model_of
from attendance_ml.serving.context import CurrentCall

router = APIRouter()


@router.get("/models")
async def models(call: CurrentCall) -> ModelsAnswer:
    """The models in use, with licence, checksum, runtime and precision."""
    return ModelsAnswer(models=[model_of(facts) for facts in call.loaded.engine.models()])
