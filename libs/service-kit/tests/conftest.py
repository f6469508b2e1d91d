"""A small real service over HTTP, for what only shows on the wire."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import structlog
import uvicorn
from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from attendance_contract.errors import MlProblem
from attendance_kit.correlation import outgoing_headers
from attendance_kit.errors import ServiceError, problem_responses
from attendance_kit.health import Check, Health
from attendance_kit.metrics import new_registry
from attendance_kit.service import Service, create_service


class Teapot(ServiceError):
    status, code, title = 418, "TEAPOT", "This is a teapot"


class Order(BaseModel):
    cups: int
    password: str = ""


class Tasting(BaseModel, extra="forbid"):
    leaves: str = ""


class Dependency:
    """Something a service depends on, with a switch."""

    def __init__(self) -> None:
        self.usable = True
        self.seconds = 0.0

    async def probe(self) -> bool:
        await asyncio.sleep(self.seconds)
        if not self.usable:
            raise ConnectionError
        return True


def stream_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/pours", response_class=EventSourceResponse, responses=problem_responses(MlProblem, [Teapot]))
    async def pours() -> AsyncIterator[ServerSentEvent]:
        yield ServerSentEvent(event="poured")

    return router


def tea_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/orders/{table}")
    async def order(table: int, order: Order) -> dict[str, int]:
        return {"table": table, "cups": order.cups}

    @router.post("/tasting")
    async def taste(tasting: Tasting) -> str:
        return tasting.leaves

    @router.get("/teapot")
    async def teapot() -> None:
        raise Teapot("I can't brew coffee.", headers={"Retry-After": "3"}, limit=1, actual=2)

    @router.get("/crash")
    async def crash() -> None:
        raise RuntimeError("secret value 4711")

    @router.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @router.post("/upload")
    async def upload(image: UploadFile) -> bool:
        return bool(getattr(image.file, "_rolled", True))

    @router.get("/onward")
    async def onward() -> dict[str, str]:
        return outgoing_headers()

    @router.get("/brochure")
    async def brochure(response: Response) -> None:
        response.headers["Cache-Control"] = "public"

    nested = APIRouter(prefix="/nested")

    @nested.get("/cups/{cup}")
    async def cup(cup: int) -> int:
        return cup

    router.include_router(nested)
    return router


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Of a service whose logs nobody has configured; drawn with every local variable, one takes seconds."""
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, console])


@pytest.fixture(scope="session")
def dependency() -> Dependency:
    return Dependency()


@pytest.fixture(scope="session")
def service(dependency: Dependency) -> Service:
    health = Health("tea", "1.0", {"kettle": Check(dependency.probe)})
    return create_service(
        title="Tea",
        version="1.0",
        health=health,
        registry=new_registry(),
        routers=[tea_routes(), stream_routes()],
        problem=MlProblem,
        json_limit=1024 * 1024,
    )


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx2.Client]:
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer comes 40 ms late.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(service, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with httpx2.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as http:
        yield http
    server.should_exit = True
    thread.join()
