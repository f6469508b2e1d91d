"""The texts of consent: published by the office, read by everybody who signs in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from attendance_backend.access import allowed
from attendance_backend.domains.consent.errors import ConsentTextTaken
from attendance_backend.domains.consent.texts.schemas import ConsentTextView, NewConsentText
from attendance_backend.domains.consent.texts.service import ConsentTextService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import problem_responses

router = APIRouter(prefix="/api/v1/consent-texts", tags=["consent"])
Texts = Annotated[ConsentTextService, Depends(provided(ConsentTextService))]
Publisher = Annotated[Caller, allowed(Permission.MANAGE_CONSENT)]
Reader = Annotated[Caller, allowed(Permission.SEE_SELF)]


@router.post(
    "", status_code=201, response_model=ConsentTextView, responses=problem_responses(Problem, [ConsentTextTaken])
)
async def publish_consent_text(new: NewConsentText, caller: Publisher, texts: Texts, once: Once) -> Response:
    """Publish a text. It is never changed; what has to be said otherwise is another version."""

    async def publish(tx: Transaction) -> ConsentTextView:
        return ConsentTextView.model_validate(await texts.publish(caller, new, tx))

    return await once(caller, publish)


@router.get("")
async def consent_texts(
    caller: Reader, texts: Texts, page: AskedPage, version: Annotated[str | None, Query(max_length=100)] = None
) -> Page[ConsentTextView]:
    return (await texts.page(caller, version, page)).map(ConsentTextView.model_validate)
