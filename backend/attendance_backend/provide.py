"""Hands services to routes by their type, from what `wiring` put into the application's state."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from fastapi import FastAPI
from fastapi.requests import HTTPConnection

T = TypeVar("T")


class Services:
    """The services of one running application, one of each type."""

    def __init__(self) -> None:
        self._by_type: dict[type, object] = {}

    def add(self, *services: object) -> None:
        """Make services known, each by its own type."""
        self._by_type.update({type(service): service for service in services})

    def get(self, kind: type[T]) -> T:
        """The service of a type.

        Raises:
            KeyError: `wiring` made none: a mistake of ours that the first request shows.
        """
        return cast("T", self._by_type[kind])


def install(app: FastAPI, services: Services) -> None:
    """Make the services available to the application's routes."""
    app.state.services = services


def provided(kind: type[T]) -> Callable[[HTTPConnection], Awaitable[T]]:
    """A dependency that yields the application's service of this type.

    It is a coroutine, as every dependency here: FastAPI would run it in a thread each time, for longer than it lasts.
    """

    async def take(request: HTTPConnection) -> T:
        state: Any = request.app.state
        return cast("Services", state.services).get(kind)

    return take
