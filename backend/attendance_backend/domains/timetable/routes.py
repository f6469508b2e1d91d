"""Terms, holidays, rooms, the timetables of subjects, and the lessons that they plan."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.timetable.errors import (
    RangeTooLong,
    RoomNameTaken,
    TermsOverlap,
    TimetableClash,
    UnknownRoom,
)
from attendance_backend.domains.timetable.flows import TimetableFlows
from attendance_backend.domains.timetable.schemas import (
    DaysChange,
    LessonView,
    NamedDaysView,
    NewHoliday,
    NewRoom,
    NewTerm,
    NewTimetable,
    RoomView,
    TimetableView,
    UntakenLesson,
)
from attendance_backend.domains.timetable.service import HolidayService, RoomService, TermService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page, PageRequest, sortable
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["timetable"])
Terms = Annotated[TermService, Depends(provided(TermService))]
Holidays = Annotated[HolidayService, Depends(provided(HolidayService))]
Rooms = Annotated[RoomService, Depends(provided(RoomService))]
Flows = Annotated[TimetableFlows, Depends(provided(TimetableFlows))]
Reader = Annotated[Caller, allowed(Permission.SEE_SCHOOL)]
Keeper = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]
SubjectReader = Annotated[Caller, allowed(Permission.SEE_SUBJECTS)]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]
ByDay = Annotated[PageRequest, sortable("first_day")]
ByName = Annotated[PageRequest, sortable("name")]
From = Annotated[dt.date, Query(alias="from", examples=["2026-11-23"])]
To = Annotated[dt.date, Query(alias="to", examples=["2026-11-29"])]


@router.get("/terms")
async def terms(caller: Reader, kept: Terms, page: ByDay) -> Page[NamedDaysView]:
    return (await kept.page(caller, page)).map(NamedDaysView.model_validate)


@router.post(
    "/terms", status_code=201, response_model=NamedDaysView, responses=problem_responses(Problem, [TermsOverlap])
)
async def add_term(new: NewTerm, caller: Keeper, kept: Terms, once: Once) -> Response:
    async def add(tx: Transaction) -> NamedDaysView:
        return NamedDaysView.model_validate(await kept.add(caller, new, tx))

    return await once(caller, add)


@router.patch(
    "/terms/{term_id}", response_model=NamedDaysView, responses=problem_responses(Problem, [NotFound, TermsOverlap])
)
async def change_term(term_id: str, given: DaysChange, caller: Keeper, kept: Terms, once: Once) -> Response:
    async def change(tx: Transaction) -> NamedDaysView:
        return NamedDaysView.model_validate(await kept.change(caller, term_id, given, tx))

    return await once(caller, change)


@router.delete("/terms/{term_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def remove_term(term_id: str, caller: Keeper, kept: Terms, once: Once) -> Response:
    return await once(caller, lambda tx: kept.remove(caller, term_id, tx))


@router.get("/holidays")
async def holidays(caller: Reader, kept: Holidays, page: ByDay) -> Page[NamedDaysView]:
    return (await kept.page(caller, page)).map(NamedDaysView.model_validate)


@router.post("/holidays", status_code=201, response_model=NamedDaysView)
async def add_holiday(new: NewHoliday, caller: Keeper, kept: Holidays, once: Once) -> Response:
    async def add(tx: Transaction) -> NamedDaysView:
        return NamedDaysView.model_validate(await kept.add(caller, new, tx))

    return await once(caller, add)


@router.patch("/holidays/{holiday_id}", response_model=NamedDaysView, responses=problem_responses(Problem, [NotFound]))
async def change_holiday(holiday_id: str, given: DaysChange, caller: Keeper, kept: Holidays, once: Once) -> Response:
    async def change(tx: Transaction) -> NamedDaysView:
        return NamedDaysView.model_validate(await kept.change(caller, holiday_id, given, tx))

    return await once(caller, change)


@router.delete("/holidays/{holiday_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def remove_holiday(holiday_id: str, caller: Keeper, kept: Holidays, once: Once) -> Response:
    return await once(caller, lambda tx: kept.remove(caller, holiday_id, tx))


@router.get("/rooms")
async def rooms(caller: Reader, kept: Rooms, page: ByName) -> Page[RoomView]:
    return (await kept.page(caller, page)).map(RoomView.model_validate)


@router.post("/rooms", status_code=201, response_model=RoomView, responses=problem_responses(Problem, [RoomNameTaken]))
async def add_room(new: NewRoom, caller: Keeper, kept: Rooms, once: Once) -> Response:
    async def add(tx: Transaction) -> RoomView:
        return RoomView.model_validate(await kept.add(caller, new, tx))

    return await once(caller, add)


@router.put(
    "/rooms/{room_id}", response_model=RoomView, responses=problem_responses(Problem, [NotFound, RoomNameTaken])
)
async def rename_room(room_id: str, new: NewRoom, caller: Keeper, kept: Rooms, once: Once) -> Response:
    async def rename(tx: Transaction) -> RoomView:
        return RoomView.model_validate(await kept.rename(caller, room_id, new, tx))

    return await once(caller, rename)


@router.get("/subjects/{subject_id}/timetable", responses=problem_responses(Problem, [NotFound]))
async def timetable(subject_id: str, caller: SubjectReader, flows: Flows, response: Response) -> TimetableView:
    found = await flows.timetable(caller, subject_id)
    tag(response, found.version)
    return found


@router.put(
    "/subjects/{subject_id}/timetable",
    response_model=TimetableView,
    responses=problem_responses(Problem, [NotFound, VersionConflict, UnknownRoom, TimetableClash]),
)
async def set_timetable(
    subject_id: str, new: NewTimetable, caller: Keeper, flows: Flows, once: Once, expected: Expected
) -> Response:
    """Make a subject's timetable exactly this. Sessions that were opened stay as they are."""
    return await once(caller, lambda tx: flows.replace(caller, subject_id, new, expected, tx))


@router.get("/timetable", responses=problem_responses(Problem, [RangeTooLong]))
async def lessons(
    caller: Reader, flows: Flows, page: AskedPage, first: From, last: To, subject_id: str | None = None
) -> Page[LessonView]:
    """The lessons that are planned, in the order of days and periods, each with what became of it.

    Teachers see those of their subjects, students their own, guardians those of all in their care.
    """
    return await flows.lessons(caller, first, last, subject_id, page)


@router.get("/sessions/untaken", responses=problem_responses(Problem, [RangeTooLong]))
async def untaken_lessons(
    caller: Taker, flows: Flows, page: AskedPage, first: From, last: Annotated[dt.date | None, Query(alias="to")] = None
) -> Page[UntakenLesson]:
    """The planned lessons that are over, to this moment unless told, of which no attendance was taken."""
    return await flows.untaken(caller, first, last, page)
