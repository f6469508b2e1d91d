"""Versions of what several people may change at once: told as `ETag`, sent back as `If-Match`, else a conflict."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from attendance_kit.errors import InvalidRequest, ServiceError

VERSION = re.compile(r'"?([0-9]{1,15})"?')
"""An entity tag of ours: nothing is changed more often than fifteen digits can count."""


class VersionConflict(ServiceError):
    status, code, title = 412, "VERSION_CONFLICT", "It was changed meanwhile: look at it again"


async def expected_version(
    if_match: Annotated[str | None, Header(description="the version that the caller has looked at")] = None,
) -> int | None:
    """The version that the caller has looked at, if they say so."""
    if if_match is None:
        return None
    version = VERSION.fullmatch(if_match)
    if version is None:
        raise InvalidRequest("If-Match takes a version.", field="If-Match")
    return int(version[1])


Expected = Annotated[int | None, Depends(expected_version)]


def check_version(actual: int, expected: int | None) -> None:
    """Raise VersionConflict when the caller has looked at another version."""
    if expected is not None and actual != expected:
        raise VersionConflict(actual=actual)


def tag(response: Response, version: int) -> None:
    """Tell the version with the answer."""
    response.headers["ETag"] = f'"{version}"'
