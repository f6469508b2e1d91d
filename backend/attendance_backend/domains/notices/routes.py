"""Notices: the school's rules with a preview, the log, notices by hand, and how anybody gets no more of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import HTMLResponse

from attendance_backend.access import PUBLIC, allowed
from attendance_backend.domains.identity.schemas import Caller, Permission, Role
from attendance_backend.domains.notices.errors import NoMailServer, OptOutLinkInvalid
from attendance_backend.domains.notices.flows import NoticeFlows
from attendance_backend.domains.notices.rules.schemas import NewNotice, NewRule, RuleKind, RuleView, SentByHand
from attendance_backend.domains.notices.rules.service import RuleService
from attendance_backend.domains.notices.schemas import NoticeKind, NoticeView, OptOutView, OwnNoticeView, PreviewLine
from attendance_backend.domains.notices.service import NoticeService, OptOutService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, NewestPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["notices"])
Flows = Annotated[NoticeFlows, Depends(provided(NoticeFlows))]
Rules = Annotated[RuleService, Depends(provided(RuleService))]
Log = Annotated[NoticeService, Depends(provided(NoticeService))]
OptOuts = Annotated[OptOutService, Depends(provided(OptOutService))]
Office = Annotated[Caller, allowed(Permission.MANAGE_NOTICES)]
Sender = Annotated[Caller, allowed(Permission.SEND_NOTICES)]
Reader = Annotated[Caller, allowed(Permission.SEE_RECORDS)]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
Token = Annotated[str, Path(max_length=200)]
ONE_RULE, OWN_OPT_OUT, ONE_CLICK = (
    "/notice-rules/{notice_kind}",
    "/me/notice-opt-outs/{notice_kind}",
    "/notices/opt-out/{opt_out_token}",
)
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'"}
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Smart Attendance</title></head><body><main>{}</main></body></html>"
)
ASK = PAGE.format('<form method="post"><button>No more mails of this kind</button></form>')
DONE = PAGE.format("<p>You get no more mails of this kind.</p>")
SHOWN = {200: {"content": {"text/html": {}}}, **problem_responses(Problem, [OptOutLinkInvalid])}


@router.get("/notice-rules")
async def notice_rules(caller: Office, rules: Rules) -> Page[RuleView]:
    """Every rule there is; those that the school has decided nothing on are off."""
    return Page(items=[RuleView.model_validate(rule) for rule in await rules.all(caller)])


@router.get(ONE_RULE)
async def notice_rule(notice_kind: RuleKind, caller: Office, rules: Rules, response: Response) -> RuleView:
    rule = await rules.rule(caller, notice_kind)
    tag(response, rule.version)
    return RuleView.model_validate(rule)


@router.put(ONE_RULE, response_model=RuleView, responses=problem_responses(Problem, [VersionConflict]))
async def change_notice_rule(
    notice_kind: RuleKind, new: NewRule, caller: Office, rules: Rules, once: Once, expected: Expected
) -> Response:
    async def change(tx: Transaction) -> RuleView:
        return RuleView.model_validate(await rules.change(caller, notice_kind, new, expected, tx))

    return await once(caller, change)


@router.get(f"{ONE_RULE}/preview")
async def preview_notice_rule(
    notice_kind: RuleKind, caller: Office, flows: Flows, page: AskedPage
) -> Page[PreviewLine]:
    """Who would be sent what by the rule as it is kept, were it on and carried out now. Nothing is sent."""
    return await flows.preview(caller, notice_kind, page)


@router.get("/notices")
async def notices(caller: Office, log: Log, page: NewestPage) -> Page[NoticeView]:
    """What was sent to whom by which rule, and what became of it; the newest first."""
    return (await log.page(caller, page)).map(NoticeView.model_validate)


@router.get("/students/{student_id}/notices", responses=problem_responses(Problem, [NotFound]))
async def notices_of_student(student_id: str, caller: Reader, log: Log, page: NewestPage) -> Page[OwnNoticeView]:
    """The notices about one student, for themselves, who has them in their care, and the office."""
    return (await log.page_of_student(caller, student_id, page)).map(OwnNoticeView.model_validate)


@router.post(
    "/subjects/{subject_id}/notices",
    status_code=202,
    response_model=SentByHand,
    responses=problem_responses(Problem, [NotFound, NoMailServer]),
)
async def send_notice(subject_id: str, new: NewNotice, caller: Sender, flows: Flows, once: Once) -> Response:
    """Write to students of one's subject, or to their guardians."""
    return await once(caller, lambda tx: flows.send_by_hand(caller, subject_id, new, tx))


@router.post("/subjects/{subject_id}/notices/preview", responses=problem_responses(Problem, [NotFound]))
async def preview_notice(
    subject_id: str, new: NewNotice, caller: Sender, flows: Flows, page: AskedPage
) -> Page[PreviewLine]:
    """Who would be sent what. Nothing is sent."""
    return await flows.preview_by_hand(caller, subject_id, new, page)


@router.get("/me/notice-opt-outs")
async def own_opt_outs(caller: SelfCaller, opt_outs: OptOuts) -> Page[OptOutView]:
    """The kinds of notices that the caller does not get."""
    found = await opt_outs.among(caller, [caller.id], list(NoticeKind))
    return Page(items=[OptOutView.model_validate(one) for one in found.values()])


@router.put(OWN_OPT_OUT, status_code=204)
async def opt_out(notice_kind: NoticeKind, caller: SelfCaller, opt_outs: OptOuts, once: Once) -> Response:
    """Get no more notices of a kind."""
    return await once(caller, lambda tx: opt_outs.out(caller, caller.id, notice_kind, tx))


@router.delete(OWN_OPT_OUT, status_code=204)
async def opt_back_in(notice_kind: NoticeKind, caller: SelfCaller, opt_outs: OptOuts, once: Once) -> Response:
    """Get notices of a kind again."""
    return await once(caller, lambda tx: opt_outs.back_in(caller, caller.id, notice_kind, tx))


@router.get(ONE_CLICK, dependencies=[PUBLIC], response_class=Response, responses=SHOWN)
async def opt_out_page(opt_out_token: Token, opt_outs: OptOuts) -> HTMLResponse:
    """The page behind a mail's link: whoever follows links for others changes nothing by it."""
    opt_outs.of_link(opt_out_token)
    return HTMLResponse(ASK, headers=PAGE_HEADERS)


@router.post(ONE_CLICK, dependencies=[PUBLIC], response_class=Response, responses=SHOWN)
async def opt_out_by_link(opt_out_token: Token, opt_outs: OptOuts, once: Once) -> HTMLResponse:
    """Get no more notices of a kind, by the link of a mail; mail programs ask for it by themselves (RFC 8058)."""
    person_id, kind = opt_outs.of_link(opt_out_token)
    caller = Caller.without_reach(person_id, Role.SYSTEM)
    await once(caller, lambda tx: opt_outs.out(caller, person_id, kind, tx))
    return HTMLResponse(DONE, headers=PAGE_HEADERS)
