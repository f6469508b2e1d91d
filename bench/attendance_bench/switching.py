"""From one model to another while the service works: a roster is embedded anew, and nobody recognising notices."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2

from attendance_bench.people import timed_class
from attendance_bench.replicas import HEADERS, Replica, running_replica
from attendance_ml.faces import load_engine
from attendance_ml.faces.models import SFACE, SFACE_DEQUANTISED, YUNET, ModelStore

OLD, NEW = SFACE.id, SFACE_DEQUANTISED.id
OLD_GALLERY, NEW_GALLERY = "roster-of-the-old-model", "roster-of-the-new-model"
RECOGNISERS = 2
CLASS_PHOTO = (1920, 1280)
LOAD_SECONDS = 120
REFUSED = "409 MODEL_MISMATCH"
Students = list[dict[str, Any]]


@dataclass
class Switch:
    """What was seen. `wrong` are answers with other names than before; `refusals` how each mixing of models ended;
    `resident_mb` the process's memory with one model, with two, and after the old one was unloaded.
    """

    people: int = 0
    photos: int = 0
    recognised: int = 0
    failed: list[str] = field(default_factory=list)
    wrong: int = 0
    same_names: bool = False
    current: str = OLD
    seconds: float = 0.0
    refusals: dict[str, str] = field(default_factory=dict)
    resident_mb: list[float] = field(default_factory=list)

    def holds(self) -> bool:
        """Whether nothing failed, nobody was named otherwise, and no two models were ever compared."""
        refused = bool(self.refusals) and set(self.refusals.values()) == {REFUSED}
        return refused and self.same_names and not (self.failed or self.wrong) and self.current == NEW


async def switch(replica: Replica, enrolled: Mapping[str, Sequence[bytes]], photo: bytes) -> Switch:
    """Embed the roster with the other model, and switch, while others keep recognising `photo` with the first one."""
    seen = Switch()
    async with httpx2.AsyncClient(base_url=f"{replica.url}/api/ml", headers=HEADERS, timeout=120) as http:
        accepted = await _accepted(http, enrolled)
        seen.people, seen.photos = len(accepted), sum(map(len, accepted.values()))
        old = await _embed(http, accepted, OLD)
        await _put(http, OLD_GALLERY, OLD, old)
        before = await _names(http, photo, OLD_GALLERY, OLD)
        seen.resident_mb.append(replica.resident_mb())
        started = time.monotonic()
        async with _recognisers(http, photo, before, seen):
            await _bring_to(http, NEW, "loaded")
            new = await _embed(http, accepted, NEW)
            await _put(http, NEW_GALLERY, NEW, new)
            seen.same_names = await _names(http, photo, NEW_GALLERY, NEW) == before
            await _mix(http, photo, old, new, seen)
            await _bring_to(http, NEW, "current")
            seen.same_names &= await _names(http, photo, NEW_GALLERY, None) == before
            seen.resident_mb.append(replica.resident_mb())
        seen.seconds = time.monotonic() - started
        await _bring_to(http, OLD, "available")
        seen.refusals["the old model once it is unloaded"] = await _recognise(http, photo, OLD_GALLERY, OLD)
        seen.resident_mb.append(replica.resident_mb())
        listed = (await http.get("/models")).json()["models"]
        seen.current = next(model["id"] for model in listed if (model["task"], model["state"]) == ("embed", "current"))
    return seen


def measure_switch() -> bool:
    """Prints the switch of a class of 30 with three photos each as JSON; whether it holds what it promises."""
    paths = {model.name: ModelStore().path(model.name) for model in (YUNET, SFACE)}
    timed = timed_class(load_engine(paths, threads=2))
    with running_replica() as replica:
        seen = asyncio.run(switch(replica, timed.enrolled(), timed.class_photo(CLASS_PHOTO)))
    print(json.dumps({"source": timed.source, **asdict(seen)}, indent=2))
    return seen.holds()


@asynccontextmanager
async def _recognisers(
    http: httpx2.AsyncClient, photo: bytes, names: list[str | None], seen: Switch
) -> AsyncIterator[None]:
    """Others who work with the old model by its name until the block ends; each ends with a whole answer."""
    ending = asyncio.Event()

    async def recognise() -> None:
        while not ending.is_set():
            answer = await _post(http, photo, OLD_GALLERY, OLD)
            if answer.is_success:
                seen.recognised += 1
                seen.wrong += _named(answer) != names
            else:
                seen.failed.append(_outcome(answer))

    tasks = [asyncio.create_task(recognise()) for _ in range(RECOGNISERS)]
    try:
        yield
    finally:
        ending.set()
        await asyncio.gather(*tasks)


async def _mix(http: httpx2.AsyncClient, photo: bytes, old: Students, new: Students, seen: Switch) -> None:
    """Every way to have vectors of two models compared, while the old one is current and both are loaded."""
    probe = {"detected_faces": [{"embedding": new[0]["embeddings"][0]}]}
    single = {"query_embedding": new[0]["embeddings"][0], "candidate_embeddings": old, "model": "other@1"}
    gallery = httpx2.Request("POST", "http://x", json={"model": NEW, "students": new}).read()
    form: Any = {"files": {"image": photo, "gallery": ("gallery.json", gallery)}}
    asked = {
        "a new gallery without naming its model": await _recognise(http, photo, NEW_GALLERY, None),
        "an old gallery with the new model": await _recognise(http, photo, OLD_GALLERY, NEW),
        "a new gallery with the old model": await _recognise(http, photo, NEW_GALLERY, OLD),
        "a new gallery sent along, its model not named": _outcome(await http.post("/recognize", **form)),
        "new vectors with an old gallery": await _match(http, {**probe, "gallery_id": OLD_GALLERY, "model": NEW}),
        "unnamed vectors with a new gallery": await _match(http, {**probe, "gallery_id": NEW_GALLERY}),
        "vectors of a model that is not here": _outcome(await http.post("/match-faces", json=single)),
    }
    seen.refusals.update(asked)


async def _accepted(http: httpx2.AsyncClient, enrolled: Mapping[str, Sequence[bytes]]) -> dict[str, list[bytes]]:
    """The photos that enrolment takes: a blurred one, say, is in nobody's templates, whichever the model is."""
    taken = {
        name: [photo for photo in photos if (await http.post("/encode-face", content=photo, headers=_BYTES)).is_success]
        for name, photos in enrolled.items()
    }
    return {name: photos for name, photos in taken.items() if photos}


async def _embed(http: httpx2.AsyncClient, enrolled: Mapping[str, Sequence[bytes]], model: str) -> Students:
    students = []
    for name, photos in enrolled.items():
        vectors = [await _encode(http, photo, model) for photo in photos]
        students.append({"student_id": name, "embeddings": vectors})
    return students


async def _encode(http: httpx2.AsyncClient, photo: bytes, model: str) -> str:
    asked = {"model": model, "embedding_format": "base64"}
    answer = (await http.post("/encode-face", content=photo, params=asked, headers=_BYTES)).raise_for_status().json()
    if answer["metadata"]["model"] != model:
        raise RuntimeError(f"asked for {model}, embedded by {answer['metadata']['model']}")
    return str(answer["embedding"])


async def _put(http: httpx2.AsyncClient, gallery_id: str, model: str, students: Students) -> None:
    (await http.put(f"/galleries/{gallery_id}", json={"model": model, "students": students})).raise_for_status()


async def _bring_to(http: httpx2.AsyncClient, model: str, state: str) -> None:
    (await http.put(f"/models/{model}/state", json={"state": state})).raise_for_status()
    end = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < end:
        listed = (await http.get("/models")).raise_for_status().json()["models"]
        if next(each for each in listed if each["id"] == model)["state"] == state:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"{model} was not {state} after {LOAD_SECONDS} s")


_BYTES = {"Content-Type": "application/octet-stream"}


async def _post(http: httpx2.AsyncClient, photo: bytes, gallery_id: str, model: str | None) -> httpx2.Response:
    asked = {"gallery_id": gallery_id, **({"model": model} if model else {})}
    return await http.post("/recognize", content=photo, params=asked, headers=_BYTES)


async def _names(http: httpx2.AsyncClient, photo: bytes, gallery_id: str, model: str | None) -> list[str | None]:
    return _named((await _post(http, photo, gallery_id, model)).raise_for_status())


async def _recognise(http: httpx2.AsyncClient, photo: bytes, gallery_id: str, model: str | None) -> str:
    return _outcome(await _post(http, photo, gallery_id, model))


async def _match(http: httpx2.AsyncClient, request: dict[str, Any]) -> str:
    return _outcome(await http.post("/batch-match", json=request))


def _named(answer: httpx2.Response) -> list[str | None]:
    return [face["match"]["student_id"] for face in answer.json()["faces"]]


def _outcome(answer: httpx2.Response) -> str:
    return f"{answer.status_code} {answer.json().get('error_code', '')}".strip()
