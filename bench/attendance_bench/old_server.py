"""The old engine behind the same kind of HTTP skin as ours: FastAPI on uvicorn, work in threads, photos as raw bodies.

Runs as a module in the old engine's own environment. Arguments: port, path of a JSON file with the stored vectors.
"""

import asyncio
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request

from attendance_bench.old_engine import OldEngine, Vector, load, match

CLASS_JITTERS, PORTRAIT_JITTERS = 3, 5
"""Of the original service: for a class photo, and for a portrait to enrol."""


def make_app(engine: OldEngine, gallery: list[Vector]) -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/recognize")
    async def recognize(request: Request) -> dict[str, Any]:
        vectors = await asyncio.to_thread(encode, await request.body(), CLASS_JITTERS)
        return {"count": len(vectors), "matches": await asyncio.to_thread(match, vectors, gallery)}

    @app.post("/encode-face")
    async def encode_face(request: Request) -> dict[str, Any]:
        vectors = await asyncio.to_thread(encode, await request.body(), PORTRAIT_JITTERS)
        return {"embedding": vectors[0].tolist()}

    def encode(photo: bytes, jitters: int) -> list[Vector]:
        pixels = load(BytesIO(photo))
        return engine.encode(pixels, engine.detect(pixels), jitters)

    return app


if __name__ == "__main__":
    stored = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    made = make_app(OldEngine(), [np.array(vector) for vector in stored])
    uvicorn.run(made, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
