"""The ML service, played: a real HTTP server that speaks the contract, with switches for everything that can go wrong.

A photo is played too: the first bytes of a JPEG or HEIC, then the names of those on it, as `photo_of` makes it. A name
that ends in `?` is seen badly (uncertain), one in `~` is a photo of a photo (not live), one in `<` or `>` has turned to
their left or right, and one with `!` in it shows its face to the model `MODEL` only. What the true service does with
true photos is tested across the services.

As a program it is a process that can be killed; it takes its port, and how many seconds each answer takes.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from attendance_contract.errors import ErrorCode, MlProblem, problem_type
from attendance_contract.vectors import decode_vector, encode_vector

MODEL = "played@1"
NEXT_MODEL = "played@next"
"""Another one, which the played service loads when it is asked to."""
KEY = "the-key-of-the-played-service"
LENGTH = 16
JPEG = b"\xff\xd8\xff\xe0"
HEIC = b"\x00\x00\x00\x14ftypheic\x00\x00\x00\x00mif1"
QUALITY = {
    "score": 0.9,
    "blur": 0.1,
    "brightness": 0.5,
    "pose": {"yaw": 0.0, "pitch": 0.0, "roll": 0.0},
    "reasons": [],
}
PHOTO_CALLS = ("/encode-face", "/recognize")
VECTOR_CALLS = ("/encode-face", "/match-faces")
FRAME = b"\n"
"""Between the frames of one person."""
TURNED = {"turn_left": "<", "turn_right": ">"}
"""How the name on the last frame ends when somebody has turned."""
POINT = {"x": 1.0, "y": 1.0}
LANDMARKS = dict.fromkeys(["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"], POINT)


def photo_of(*names: str, shot: int = 1, head: bytes = JPEG) -> bytes:
    """A played photo of these people; `shot` tells photos of the same people apart."""
    return head + f"{shot}:{','.join(names)}".encode()


def upright_of(photo: bytes) -> bytes:
    """The upright JPEG that the played service makes of a photo."""
    return JPEG + b"upright " + photo.removeprefix(HEIC)


def is_played(photo: bytes) -> bool:
    """Whether the bytes are a photo as `photo_of` makes it."""
    try:
        return ":" in photo.removeprefix(JPEG).removeprefix(HEIC).decode()
    except UnicodeDecodeError:
        return False


def names_on(photo: bytes) -> list[str]:
    return [name for name in photo.removeprefix(JPEG).removeprefix(HEIC).decode().partition(":")[2].split(",") if name]


def vector_of(name: str, model: str = MODEL) -> list[float]:
    """Unit vectors, one direction a name (the first letter decides), each model with directions of its own."""
    vector = [0.0] * LENGTH
    vector[(ord(name[0]) + sum(model.encode()) - sum(MODEL.encode())) % LENGTH] = 1.0
    return vector


@dataclass
class Switches:
    """How the service misbehaves; all off at first."""

    delay: float = 0.0
    status: int | None = None
    retry_after: int | None = None
    failures: int | None = None
    garbage: bool = False
    says: Callable[[], Response] | None = None
    keeps_galleries: bool = True
    makes_upright: bool = True
    claims_model: str | None = None
    miscounts_by: int = 0
    tightens_by: float = 0.0
    tells_liveness: bool = True
    refuse_with: tuple[int, str] | None = None
    refuses: str = "/api/ml"


@dataclass
class Simulator:
    """`calls` are the paths asked for, `headers` those of the last call."""

    switches: Switches = field(default_factory=Switches)
    calls: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    galleries: dict[str, dict[str, Any]] = field(default_factory=dict)
    model: str = MODEL
    loaded: set[str] = field(default_factory=lambda: {"beside@1"})
    """Models beside the current one that serve who names them."""
    port: int = 0
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, on the same port as the last time."""
        routes = [Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT", "DELETE"])]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        # asyncio switches Nagle's algorithm off only for sockets that name their protocol: answers would be 40 ms late.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))

    async def stop(self) -> None:
        """Refuse connections, as a service that is down."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task

    async def _answer(self, request: Request) -> Response:
        self.calls.append(request.url.path)
        self.headers = dict(request.headers)
        if request.url.path == "/health/ready":
            return JSONResponse({"status": "ok"})
        if request.method == "DELETE":
            return await self._misbehave(request) or self._forget(request.url.path.rpartition("/")[2])
        body, fields = await _read(request)
        if (failure := await self._misbehave(request) or self._no_liveness(fields)) is not None:
            return failure
        if refused := self._refused(request.url.path, body, fields):
            return refused
        if request.url.path.endswith("/state"):
            return self._load(request.url.path.split("/")[-2])
        asked = {"model": self.model, **fields}
        return JSONResponse(self._serve(request.url.path, body, asked)) if self._known(fields) else _not_found()

    def _refused(self, path: str, body: bytes, fields: dict[str, Any]) -> Response | None:
        """What the played service says to a photo that shows nothing, or a model that it has not loaded."""
        if path.endswith(PHOTO_CALLS) and not is_played(body):
            return _problem(422, ErrorCode.INVALID_IMAGE)
        if path.endswith("/encode-face") and not _is_seen(body, fields):
            return _problem(422, ErrorCode.NO_FACE_FOUND)
        is_loaded = fields.get("model", self.model) in {self.model, *self.loaded}
        return None if is_loaded else _problem(409, ErrorCode.MODEL_MISMATCH)

    async def _misbehave(self, request: Request) -> Response | None:
        on = self.switches
        await asyncio.sleep(on.delay)
        if on.failures is not None:
            on.failures -= 1
            on.status = on.status if on.failures >= 0 else None
        if request.headers.get("x-api-key") != KEY:
            return _problem(401, ErrorCode.INVALID_API_KEY)
        if on.says is not None:
            return on.says()
        if on.status is not None:
            headers = {} if on.retry_after is None else {"Retry-After": str(on.retry_after)}
            return _problem(on.status, ErrorCode.OVERLOADED, headers)
        if on.refuse_with is not None and request.url.path.startswith(on.refuses):
            return _problem(*on.refuse_with)
        return Response(b'{"success": true, "faces": 7') if on.garbage else None

    def _no_liveness(self, fields: dict[str, Any]) -> Response | None:
        is_on = self.switches.tells_liveness or fields.get("check_liveness") != "true"
        return None if is_on else _problem(409, ErrorCode.LIVENESS_OFF)

    def _forget(self, gallery_id: str) -> Response:
        self.galleries.pop(gallery_id, None)
        return Response(status_code=204)

    def _load(self, model: str) -> Response:
        if model not in {self.model, NEXT_MODEL, *self.loaded}:
            return _problem(404, ErrorCode.NOT_FOUND)
        self.loaded.add(model)
        return JSONResponse({"success": True, "model": _model(model) | {"state": "loaded"}})

    def _known(self, fields: dict[str, Any]) -> bool:
        """Whether the call brings its gallery, names one that is held, or needs none."""
        if "gallery" in fields:
            self.galleries[fields["gallery_id"]] = json.loads(fields["gallery"])
        if not self.switches.keeps_galleries and "gallery" not in fields:
            self.galleries.clear()
        return "gallery_id" not in fields or fields["gallery_id"] in self.galleries

    def _models(self) -> list[dict[str, Any]]:
        beside = [_model(name) | {"state": "loaded"} for name in sorted(self.loaded - {self.model})]
        waits = [_model(name) | {"state": "available"} for name in {NEXT_MODEL} - self.loaded - {self.model}]
        return [*beside, _model(self.model), *waits]

    def _serve(self, path: str, body: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/models"):
            return {"success": True, "models": self._models(), "liveness": {"is_on": False}}
        return self._vectors(path, body, fields) if path.endswith(VECTOR_CALLS) else self._photo(path, body, fields)

    def _vectors(self, path: str, body: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/encode-face"):
            return self._encode(names_on(body)[0], fields)
        return self._match(json.loads(body))

    def _photo(self, path: str, body: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        if "/galleries/" in path:
            return _examined(path.rpartition("/")[2], json.loads(body))
        if path.endswith("/crop"):
            return {"success": True, "jpeg": _cropped(body, fields), "width": 1, "height": 1}
        if path.endswith("/liveness"):
            return self._liveness(body.split(FRAME), fields)
        return self._recognize(body, self.galleries[fields["gallery_id"]], fields)

    def _encode(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        live = {"score": 0.1 if name.endswith("~") else 0.9, "is_live": not name.endswith("~"), "reasons": []}
        return {
            "success": True,
            "embedding": encode_vector(vector_of(name, fields["model"])),
            "face_location": _location(0),
            "landmarks": LANDMARKS,
            "quality": QUALITY,
            "liveness": live if fields.get("check_liveness") == "true" else None,
            "metadata": {**_metadata(fields["model"]), "face_area_ratio": 0.2},
        }

    def _liveness(self, frames: list[bytes], fields: dict[str, Any]) -> dict[str, Any]:
        names = [names_on(frame)[0] for frame in frames]
        reasons = [] if names[-1].endswith(TURNED[fields["challenge"]]) else ["not_turned_far_enough"]
        reasons += ["not_one_person"] if len({name[0] for name in names}) > 1 else []
        return {
            "success": True,
            "is_live": not reasons,
            "score": None,
            "reasons": reasons,
            "checked": ["head_turn", "one_person"],
            "best_frame": 0,
            "embedding": encode_vector(vector_of(names[0], fields["model"])),
            "quality": QUALITY,
            "metadata": {"frames": len(frames), "processing_time_ms": 1.0, "model": fields["model"]},
        }

    def _match(self, asked: dict[str, Any]) -> dict[str, Any]:
        candidate = asked["candidate_embeddings"][0]
        same = any(decode_vector(v) == decode_vector(asked["query_embedding"]) for v in candidate["embeddings"])
        match = {
            "student_id": candidate["student_id"] if same else None,
            "distance": 0.1 if same else 0.9,
            "similarity": 1.0 if same else 0.0,
            "confidence": 0.9 if same else 0.1,
            "status": "confident" if same else "no_match",
        }
        far = {True: 0.1, False: 0.9}
        alike = {
            one["student_id"]: any(
                decode_vector(v) == decode_vector(asked["query_embedding"]) for v in one["embeddings"]
            )
            for one in asked["candidate_embeddings"]
        }
        told = [{"student_id": one, "distance": far[same], "similarity": 1 - far[same]} for one, same in alike.items()]
        return {
            "success": True,
            "match": match,
            "all_distances": told if asked.get("return_all_distances") else None,
            "thresholds": _thresholds(asked["confident_threshold"], asked["threshold"]),
            "calibration": "played",
            "model": asked["model"],
        }

    def _recognize(self, photo: bytes, gallery: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        faces = [self._face(index, name, gallery, fields["model"]) for index, name in enumerate(names_on(photo))]
        wants_upright = fields.get("upright") == "true" and self.switches.makes_upright
        asked = (float(fields[f"{name}_threshold"]) for name in ("confident", "uncertain"))
        thresholds = _thresholds(*asked, tightened_by=self.switches.tightens_by)
        return {
            "success": True,
            "faces": faces,
            "count": len(faces) + self.switches.miscounts_by,
            "thresholds": thresholds,
            "calibration": "played",
            "gallery_id": fields["gallery_id"],
            "metadata": _metadata(self.switches.claims_model or fields["model"]),
            "upright_image": _upright(photo) if wants_upright else None,
        }

    def _face(self, index: int, name: str, gallery: dict[str, Any], model: str) -> dict[str, Any]:
        wanted = vector_of(name, model)
        student = next(
            (s["student_id"] for s in gallery["students"] if wanted in [decode_vector(v) for v in s["embeddings"]]),
            None,
        )
        distance = 0.95 if student is None else 0.55 if name.endswith("?") else 0.2
        status = "unknown" if student is None else "uncertain" if name.endswith("?") else "present"
        match = {
            "face_index": index,
            "student_id": student,
            "distance": distance,
            "similarity": round(1 - distance, 3),
            "margin": 0.3,
            "status": status,
        }
        return {
            "location": _location(index),
            "landmarks": LANDMARKS,
            "face_area_ratio": 0.01,
            "detection_score": 0.99,
            "quality": QUALITY,
            "match": match,
        }


async def _read(request: Request) -> tuple[bytes, dict[str, Any]]:
    """The photo or JSON of a call, and its options: from the query, or the form's other fields."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await request.body(), dict(request.query_params)
    async with request.form(max_part_size=10_000_000) as form:
        if frames := [await frame.read() for frame in form.getlist("frames") if not isinstance(frame, str)]:
            return FRAME.join(frames), {name: value for name, value in form.items() if isinstance(value, str)}
        image = form["image"]
        assert not isinstance(image, str)
        return await image.read(), {name: value for name, value in form.items() if isinstance(value, str)}


def _is_seen(photo: bytes, fields: dict[str, Any]) -> bool:
    names = names_on(photo)
    return bool(names) and not ("!" in names[0] and fields.get("model", MODEL) != MODEL)


def _examined(gallery_id: str, gallery: dict[str, Any]) -> dict[str, Any]:
    """Two students are alike if the first vectors of both are one."""
    faces = [(one["student_id"], decode_vector(one["embeddings"][0])) for one in gallery["students"]]
    pairs = list(itertools.combinations(faces, 2))
    alike = [{"student_ids": [one[0], other[0]], "distance": 0.1} for one, other in pairs if one[1] == other[1]]
    return {
        "success": True,
        "gallery_id": gallery_id,
        "size": len(faces),
        "model": gallery["model"],
        "expires_in": 600,
        "impostors": {"pairs": len(pairs), "below_confident": 0, "below_uncertain": 0, "lookalikes": alike},
        "thresholds": _thresholds(0.5, 0.6),
    }


def _upright(photo: bytes) -> dict[str, Any]:
    return {"jpeg": base64.b64encode(upright_of(photo)).decode(), "width": 1920, "height": 1280}


def _cropped(photo: bytes, box: dict[str, Any]) -> str:
    """The name of whoever is in the box, as the played photo of a face."""
    name = names_on(photo)[int(box["left"]) // 100]
    return base64.b64encode(JPEG + name.encode()).decode()


def _location(index: int) -> dict[str, int]:
    return {"top": 10, "right": 50 + 100 * index, "bottom": 60, "left": 10 + 100 * index}


def _metadata(model: str) -> dict[str, Any]:
    return {"image_dimensions": [1920, 1280], "processing_time_ms": 1.0, "model": model}


def _thresholds(confident: float, uncertain: float, tightened_by: float = 0.0) -> dict[str, float]:
    applied = {"confident": confident - tightened_by, "uncertain": uncertain - tightened_by}
    return {**applied, "lookalike_margin": 0.05, "tightened_by": tightened_by}


def _model(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "task": "embed",
        "version": "1",
        "licence": "none",
        "sha256": "0" * 64,
        "vector_length": LENGTH,
        "runtime": "played",
        "precision": "f32",
        "calibrations": ["played"],
    }


def _problem(status: int, code: str, headers: dict[str, str] | None = None) -> JSONResponse:
    problem = MlProblem(
        type=problem_type(code), title=code, status=status, detail=f"played: {code}", error_code=code, error=code
    )
    return JSONResponse(problem.model_dump(mode="json"), status, headers, "application/problem+json")


def _not_found() -> JSONResponse:
    return _problem(404, ErrorCode.GALLERY_NOT_FOUND)


@contextlib.asynccontextmanager
async def running_simulator() -> AsyncIterator[Simulator]:
    simulator = Simulator()
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


async def _serve(port: int, delay: float) -> None:
    simulator = Simulator(Switches(delay=delay), port=port)
    await simulator.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
