"""Everybody who may ask, a school that belongs to some of them, and a valid request for every route of the API."""

import contextlib
import io
import itertools
import json
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Class, Person, new_student, new_teacher, sign_in
from backend.tests.simulator import photo_of
from fastapi.routing import APIRoute

from attendance_backend.access import permission_of
from attendance_backend.adapters.mongo import Client, Database
from attendance_backend.adapters.secret_files import secret_file
from attendance_backend.adapters.tokens import MIN_SECRET_BYTES, JwtSigner
from attendance_backend.domains.corrections.schemas import CorrectionRequest, RequestState
from attendance_backend.domains.excuses.schemas import Excuse
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.schemas import Role, User
from attendance_backend.domains.notices.schemas import NoticeKind
from attendance_backend.domains.notices.service import LINK_PURPOSE
from attendance_backend.domains.openid.schemas import LinkedIdentity
from attendance_backend.domains.people.schemas import Guardian
from attendance_backend.domains.records.schemas import Attendance
from attendance_backend.domains.reembeddings.schemas import Reembedding, RunState
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock
from attendance_backend.ports.tokens import Claims
from attendance_backend.wiring.domains import ROUTES

OPENAPI = json.loads((Path(__file__).parents[1] / "openapi.json").read_text())
SHOTS = itertools.count(100)
NAMES = itertools.count(1)
OF_NOBODY = {"sign_in_id": "of-nobody", "identity_id": "of-nobody", "provider_id": "of-nobody"}
"""What each caller has of their own, and those have not whom nobody knows."""
OF_EVERYBODY = {"term_id", "reembedding_id"}
"""What is the whole school's: a permission alone says who may have to do with it."""
OF_ONE_SESSION = frozenset(["session_id", "capture_id"])
"""What a substitute reaches: the records of the matrix are of another session of the same subject."""


@dataclass(frozen=True)
class Somebody:
    """One kind of caller. `role` is None for those whom nobody knows; `owns`: the class of the school is theirs.

    `reaches`: what of the class is theirs though the class is not, by the names that paths have for it.
    """

    name: str
    role: Role | None
    owns: bool
    headers: Mapping[str, str]
    ids: Mapping[str, str] = field(default_factory=dict)
    """What is theirs alone, by the names that paths have for it."""
    reaches: frozenset[str] = frozenset()

    def finds(self, names: frozenset[str]) -> bool:
        """Whether they find things of the class that a call names so; what is named beside a session goes with it."""
        return self.owns or not names or bool(names & self.reaches)


@dataclass(frozen=True)
class Call:
    """A valid request for a route, about things of the class."""

    method: str
    path: str
    options: Mapping[str, Any]
    names: frozenset[str]
    """Of things of the class that it names."""

    @property
    def owned(self) -> bool:
        return bool(self.names)


@dataclass
class School:
    """The ids that paths and bodies may name, by the names they have there."""

    ids: dict[str, str]
    everybody: Sequence[Somebody]
    http: httpx2.AsyncClient
    done: set[str] = field(default_factory=set)

    async def answer(self, call: Call, somebody: Somebody) -> httpx2.Response:
        headers = {**somebody.headers, **call.options.get("headers", {})}
        return await self.http.request(call.method, call.path, **{**call.options, "headers": headers})


def routes() -> Iterator[APIRoute]:
    """Every route of every domain, those that end something last."""
    found = [route for module in ROUTES for route in module.router.routes if isinstance(route, APIRoute)]
    yield from sorted(found, key=_place)


def _place(route: APIRoute) -> tuple[bool, ...]:
    return _signs_out(route), _takes_reach(route), _ends_something(route), "GET" not in route.methods


def _ends_something(route: APIRoute) -> bool:
    ends = {"close", "withdraw", "reopen", "lock", "erasure"}
    return bool({"DELETE"} & route.methods) or route.path.rsplit("/", 1)[-1] in ends


def _takes_reach(route: APIRoute) -> bool:
    """Whether somebody of the matrix reaches nothing after it."""
    return "DELETE" in route.methods and route.path.endswith("/{substitution_id}")


def _signs_out(route: APIRoute) -> bool:
    ends_all = "DELETE" in route.methods and route.path.endswith("/me/sign-ins")
    return ends_all or route.path.endswith("/me/password")


def expected(route: APIRoute, call: Call, somebody: Somebody) -> str:
    """What the permission table says: `allowed`, or the code of the refusal."""
    permission = permission_of(route)
    if permission is None:
        return "allowed"
    if somebody.role is None:
        return "NOT_SIGNED_IN"
    if not may(somebody.role, permission):
        return "PERMISSION_DENIED"
    return "allowed" if somebody.finds(call.names) else "NOT_FOUND"


def call_of(route: APIRoute, school: Mapping[str, str], somebody: Somebody) -> Call:
    """A valid request, with what the description of the API gives as examples and the ids of the school.

    Raises:
        KeyError: the path names something of which the school has none.
    """
    (method,) = route.methods
    ids = {**OF_NOBODY, **school, **somebody.ids}
    operation = OPENAPI["paths"][route.path][method.lower()]
    names = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"]
    path = route.path.format(**{name: ids[name] for name in names})
    options = _body(operation.get("requestBody", {}).get("content", {}), ids)
    body = options.get("json", {})
    of_class = [
        name for name in [*names, *_names(body)] if name.endswith("_id") and name not in {*OF_NOBODY, *OF_EVERYBODY}
    ]
    return Call(method, path, options, frozenset(of_class))


def _names(body: Any) -> Iterator[str]:
    """The names of everything that a body tells, however deep."""
    for inside in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _names(inside)
    if isinstance(body, dict):
        yield from body


def _body(content: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    if "application/json" in content:
        return {"json": example(content["application/json"]["schema"], ids)}
    if "multipart/form-data" in content:
        (name,) = content["multipart/form-data"]["schema"]["properties"]
        return {"files": [(name, photo_of("ann", shot=next(SHOTS)))]}
    return {}


def example(schema: Mapping[str, Any], ids: Mapping[str, str], name: str = "") -> Any:
    """A value that a schema of ours accepts: its own example, else the plainest there is."""
    if "$ref" in schema:
        return example(OPENAPI["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], ids, name)
    if name in ids:
        return ids[name]
    if name in {"email", "roll_number", "code"}:
        return f"{next(NAMES)}@school.example"
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], ids, name)
    return schema.get("const", schema["enum"][0] if "enum" in schema else _plainest(schema, ids))


def _plainest(schema: Mapping[str, Any], ids: Mapping[str, str]) -> Any:
    kind, least = schema.get("type"), schema.get("minLength", 1)
    if kind == "object":
        required = schema.get("required", [])
        return {part: example(schema["properties"][part], ids, part) for part in required}
    if kind == "array":
        return [example(schema["items"], ids)] if schema.get("minItems") else []
    plain = {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1.0), "boolean": False}
    formats = {"date": "2026-11-25", "date-time": "2026-11-25T08:00:00Z", "password": PASSWORD}
    return plain.get(str(kind), formats.get(schema.get("format", ""), "x" * least))


async def _account(mongo: Client, database: str, role: Role) -> User:
    """An account of a role, with the administrator's password."""
    office = await mongo[database]["users"].find_one({"email": EMAIL})
    assert office is not None
    made = User.from_document(
        {**office, "_id": f"{role}-{next(NAMES)}", "email": f"{next(NAMES)}@x.example", "role": role}
    )
    await mongo[database]["users"].insert_one(made.to_document())
    return made


async def _signed_in(backend: Backend, mongo: Client, role: Role, student_id: str | None) -> Person:
    """Somebody of the family of a student, or of nobody's."""
    database = backend.environment["MONGODB_DATABASE"]
    user = await _account(mongo, database, role)
    if role is Role.STUDENT and student_id:
        await mongo[database]["students"].update_one({"_id": student_id}, {"$set": {"user_id": user.id}})
    if role is Role.GUARDIAN and student_id:
        kept = Guardian(
            id=user.id, student_id=student_id, name=user.name, email=None, user_id=user.id, created_at=user.created_at
        )
        await mongo[database]["guardians"].insert_one(kept.to_document())
    return await sign_in(backend.http, user.email, PASSWORD)


def opt_out_token(backend: Backend, person_id: str) -> str:
    """What the link in a notice of an absence ends with."""
    secret, of = secret_file(backend.home / "keys" / "jwt.key", MIN_SECRET_BYTES), f"{person_id}:{NoticeKind.ABSENCE}"
    return f"{of}.{JwtSigner(secret, SystemClock()).derive(LINK_PURPOSE, of)}"


def _expired(backend: Backend) -> str:
    """A token of the administrator that the backend itself would have made a day ago."""
    secret = secret_file(backend.home / "keys" / "jwt.key", MIN_SECRET_BYTES)
    yesterday = ManualClock(SystemClock().now() - timedelta(days=1))
    return JwtSigner(secret, yesterday).sign(Claims(user_id="anybody", sign_in_id="any"))


async def _refresh_token(backend: Backend) -> str:
    """What the administrator would turn into an access token, used as one."""
    given = {"email": EMAIL, "password": PASSWORD}
    answer = await backend.http.post("/api/v1/auth/sign-in", json=given)
    return str(answer.json()["refresh_token"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def sign_in_again(http: httpx2.AsyncClient) -> dict[str, Any]:
    """The tokens of another sign-in of the administrator."""
    given = {"email": EMAIL, "password": PASSWORD}
    return dict((await http.post("/api/v1/auth/sign-in", json=given)).raise_for_status().json())


async def _own(database: Database, person: Person) -> dict[str, str]:
    """A sign-in of theirs that they can end and still ask, and an identity of a provider."""
    me = await person.done("GET", "/me")
    await sign_in(person.http, me["email"], PASSWORD)
    listed = (await person.done("GET", "/me/sign-ins"))["items"]
    told = {"issuer": "https://provider.example", "subject": me["id"], "created_at": SystemClock().now()}
    identity = LinkedIdentity(id=f"identity-{next(NAMES)}", user_id=me["id"], **told)
    await database["identities"].insert_one(identity.to_document())
    return {
        "sign_in_id": next(item["id"] for item in listed if not item["is_current"]),
        "identity_id": identity.id,
    }


@contextlib.asynccontextmanager
async def a_school(backend: Backend, mongo: Client, office: Person, taught: Class) -> AsyncIterator[School]:
    """A class that belongs to one teacher, one student and one guardian; everybody else is a stranger to it."""
    _, other_teacher = await new_teacher(office, "other@school.example")
    other = await new_student(office, "zoe")
    people = [
        ("student", Role.STUDENT, True, await _signed_in(backend, mongo, Role.STUDENT, taught.ann)),
        ("other student", Role.STUDENT, False, await _signed_in(backend, mongo, Role.STUDENT, other)),
        ("guardian", Role.GUARDIAN, True, await _signed_in(backend, mongo, Role.GUARDIAN, taught.ann)),
        ("other guardian", Role.GUARDIAN, False, await _signed_in(backend, mongo, Role.GUARDIAN, other)),
        ("teacher", Role.TEACHER, True, taught.teacher),
        ("other teacher", Role.TEACHER, False, other_teacher),
        ("administrator", Role.ADMINISTRATOR, True, office),
    ]
    spare = (await sign_in_again(backend.http))["refresh_token"]
    kiosk, other_kiosk = await a_kiosk(office, taught), await a_kiosk(office)
    substitute_id, substitute = await new_teacher(office, "substitute@school.example")
    substitution = await stand_in(office, taught, substitute_id)
    database = backend.environment["MONGODB_DATABASE"]
    everybody = [
        Somebody("no one", None, owns=False, headers={}),
        Somebody("expired token", None, owns=True, headers=_bearer(_expired(backend))),
        Somebody("refresh token", None, owns=True, headers=_bearer(await _refresh_token(backend))),
        Somebody("refresh token", None, owns=True, headers=_bearer(spare)),
        *[
            Somebody(name, role, owns, _bearer(one.token), await _own(mongo[database], one))
            for name, role, owns, one in people
        ],
        Somebody(
            "substitute",
            Role.TEACHER,
            owns=False,
            headers=_bearer(substitute.token),
            ids=await _own(mongo[database], substitute),
            reaches=OF_ONE_SESSION,
        ),
        Somebody("device", Role.DEVICE, False, _bearer(kiosk.key), {**kiosk.ids, **OF_NOBODY}, OF_ONE_SESSION),
        Somebody("other device", Role.DEVICE, False, _bearer(other_kiosk.key), OF_NOBODY),
    ]
    ids = {
        **await _ids(taught, office),
        **await _accounts(office),
        "check_in_id": await _check_in(backend, mongo, taught),
    }
    ids["correction_request_id"] = await _correction_request(backend, mongo, taught, ids["record_id"])
    ids["substitution_id"] = substitution
    ids["device_id"] = (await a_kiosk(office)).device_id
    ids["import_id"] = await _face_import(office)
    ids["excuse_id"] = await _excuse(backend, mongo, taught)
    ids["notice_kind"], ids["opt_out_token"] = NoticeKind.ABSENCE, opt_out_token(backend, "nobody")
    ids["webhook_id"], ids["delivery_id"] = await _webhook(office)
    ids["own_face_id"], ids["challenge_id"] = await _own_face(backend, mongo, taught), "used up"
    ids["lookalikes_id"] = await _lookalikes(backend, mongo, taught)
    ids["reembedding_id"] = await _reembedding(backend, mongo)
    yield School(ids, everybody, backend.http)


@dataclass(frozen=True)
class Kiosk:
    """A device with its key, and what it reaches."""

    device_id: str
    room_id: str
    key: str
    ids: Mapping[str, str]


async def at_noon(office: Person) -> str:
    """Bring the school where it is about noon, so that no test sees a day end there; its today."""
    hour = SystemClock().now().hour
    zone = f"Etc/GMT{hour - 12:+d}"
    settings = await office.done("GET", "/institution")
    await office.done("PUT", "/institution", json={**_sent(settings), "time_zone": zone})
    return str((await office.done("GET", "/me"))["institution"]["today"])


def _sent(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are sent: of what is shown, what can be changed."""
    names = OPENAPI["components"]["schemas"]["NewInstitutionSettings"]["properties"]
    return {name: value for name, value in settings.items() if name in names}


async def a_kiosk(office: Person, taught: Class | None = None) -> Kiosk:
    """A device in a room of its own; with a class there is a session of it in the room today, and a photo for it."""
    room = (await office.done("POST", "/rooms", json={"name": f"Room of kiosk {next(NAMES)}"}))["id"]
    made = await office.done("POST", "/devices", json={"name": "A kiosk", "room_id": room})
    ids = {}
    if taught:
        new = {"subject_id": taught.subject, "date": await at_noon(office), "period": 5, "room_id": room}
        session = (await taught.teacher.done("POST", "/sessions", json=new))["id"]
        photo = [("image", photo_of("ann", shot=next(SHOTS)))]
        taken = await Person(office.http, made["key"]).done("POST", f"/kiosk/sessions/{session}/captures", files=photo)
        ids = {"session_id": session, "capture_id": taken["id"]}
    return Kiosk(made["device"]["id"], room, made["key"], ids)


async def stand_in(office: Person, taught: Class, teacher_id: str) -> str:
    """Let a teacher take the open session of the class."""
    new = {"subject_id": taught.subject, "date": "2026-11-20", "period": 1, "teacher_id": teacher_id}
    return str((await office.done("POST", "/substitutions", json=new))["id"])


async def _correction_request(backend: Backend, mongo: Client, taught: Class, record_id: str) -> str:
    """What the student asked for, which nobody answered yet."""
    made = CorrectionRequest(
        id=f"request-{next(NAMES)}",
        record_id=record_id,
        session_id=taught.session,
        subject_id=taught.subject,
        student_id=taught.ann,
        date="2026-11-19",
        before=Attendance.ABSENT,
        status=Attendance.LATE,
        reason="the bus",
        state=RequestState.OPEN,
        asked_by="the student",
        asked_at=SystemClock().now(),
    )
    await mongo[backend.environment["MONGODB_DATABASE"]]["correction_requests"].insert_one(made.to_document())
    return made.id


async def _excuse(backend: Backend, mongo: Client, taught: Class) -> str:
    """What the family asked for, which nobody answered yet."""
    made = Excuse(
        id=f"excuse-{next(NAMES)}",
        student_id=taught.ann,
        subject_id=taught.subject,
        since="2026-11-23",
        until="2026-11-24",
        reason="the dentist",
        state=RequestState.OPEN,
        asked_by="the guardian",
        asked_at=SystemClock().now(),
    )
    await mongo[backend.environment["MONGODB_DATABASE"]]["excuses"].insert_one(made.to_document())
    return made.id


async def _check_in(backend: Backend, mongo: Client, taught: Class) -> str:
    """A check-in of the student's that nothing has to follow."""
    told = {"session_id": taught.session, "subject_id": taught.subject, "student_id": taught.ann, "by": "the student"}
    made = {"_id": f"check-in-{next(NAMES)}", **told, "at": SystemClock().now(), "device": None, "face_by": None}
    await mongo[backend.environment["MONGODB_DATABASE"]]["check_ins"].insert_one(made)
    return str(made["_id"])


async def _own_face(backend: Backend, mongo: Client, taught: Class) -> str:
    """A photo that the student sent and the office has still to look at, though it is not there any more."""
    told = {"student_id": taught.ann, "state": "pending", "media_type": "image/jpeg", "looks_like": []}
    sent = {"submitted_at": SystemClock().now(), "submitted_by": "the student"}
    made = {"_id": f"own-face-{next(NAMES)}", **told, **sent}
    await mongo[backend.environment["MONGODB_DATABASE"]]["own_faces"].insert_one(made)
    return str(made["_id"])


async def _lookalikes(backend: Backend, mongo: Client, taught: Class) -> str:
    """A case that the school's office has still to resolve."""
    case = {"student_ids": [taught.ann, taught.ben], "state": "open", "distance": 0.1, "found_at": SystemClock().now()}
    await mongo[backend.environment["MONGODB_DATABASE"]]["lookalikes"].insert_one({"_id": "a.b", **case})
    return "a.b"


async def _reembedding(backend: Backend, mongo: Client) -> str:
    """A change of models that is over."""
    run = Reembedding(
        id="reembedding",
        to_model="played@0",
        by="the office",
        created_at=SystemClock().now(),
        due=None,
        open=False,
        state=RunState.OVER,
    )
    await mongo[backend.environment["MONGODB_DATABASE"]]["reembeddings"].insert_one(run.to_document())
    return run.id


async def _ids(taught: Class, office: Person) -> dict[str, str]:
    captured = await taught.teacher.done(
        "POST", f"/sessions/{taught.session}/captures", files=[("image", photo_of("ann", shot=next(SHOTS)))]
    )
    guardian = await office.done("POST", f"/students/{taught.ann}/guardians", json={"name": "A guardian"})
    days = {"name": "Days", "first_day": "2020-01-01", "last_day": "2020-02-01"}
    term, holiday = [(await office.done("POST", f"/{kind}", json=days))["id"] for kind in ("terms", "holidays")]
    room = await office.done("POST", "/rooms", json={"name": "Room 1"})
    return {
        "term_id": term,
        "holiday_id": holiday,
        "room_id": room["id"],
        "session_id": taught.session,
        "subject_id": taught.subject,
        "student_id": taught.ann,
        "guardian_id": guardian["id"],
        "capture_id": captured["id"],
        "face_index": "0",
        **await _closed(taught),
    }


async def _accounts(office: Person) -> dict[str, str]:
    """A user, and an invitation that nobody has accepted."""
    user_id, _ = await new_teacher(office, "spare@school.example")
    asked = {"email": "invited@school.example", "role": "teacher"}
    return {"user_id": user_id, "invitation_id": (await office.done("POST", "/invitations", json=asked))["id"]}


async def _closed(taught: Class) -> dict[str, str]:
    """A record of another session of the class, which is closed."""
    asked = {"subject_id": taught.subject, "date": "2026-11-19", "period": 2}
    session = await taught.teacher.done("POST", "/sessions", json=asked)
    await taught.teacher.done("POST", f"/sessions/{session['id']}/close")
    records = await taught.teacher.done("GET", f"/sessions/{session['id']}/records")
    (own,) = [record["id"] for record in records["items"] if record["student_id"] == taught.ann]
    return {"record_id": own}


async def _webhook(office: Person) -> tuple[str, str]:
    """A webhook to where nobody is, and something it is told."""
    new = {"url": "https://receiver.invalid/", "events": ["record.corrected"]}
    made = await office.done("POST", "/webhooks", json=new)
    return made["id"], (await office.done("POST", f"/webhooks/{made['id']}/ping"))["id"]


async def _face_import(office: Person) -> str:
    """An import of a photo of nobody."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("nobody.jpg", photo_of("nobody"))
    headers = {"Content-Type": "application/zip"}
    begun = await office.done("POST", "/imports/faces", content=file.getvalue(), headers=headers)
    return str(begun["id"])
