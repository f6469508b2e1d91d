"""Objects in a bucket of an object store: S3 and what speaks like it, Google's, Azure's. It opens no object.

Credentials, endpoint and region are the library's own environment variables (AWS_…, GOOGLE_…, AZURE_…).
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import from_url

from attendance_backend.adapters.photos import AWAY_HEADERS, MARK
from attendance_backend.ports.photos import PhotoStoreMisdescribed, PhotosUnavailable

log = structlog.stdlib.get_logger(__name__)
CONNECT_SECONDS = 3.0
RETRIES = 3
"""For a connection that is cut and a store that is busy; what took all of a request's time is not tried again."""
RETRY_SHARE = 1 / 4
"""Of a request's time, in which it is tried again; together they are the longest that one call takes."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(milliseconds=100), timedelta(seconds=1)
CHECK_SECONDS = 5.0
"""Everything else begins without a store that is silent."""
WORDS = re.compile(r"<Code>(\w+)</Code>|status code: (\d{3})|kind: (\w+)|source: (\w+),")
"""What of an error may stand in the log. Its whole text shows addresses, which may carry a signature, and answers."""


class Bucket:
    """A `Place` below the address of a bucket: `s3://bucket/folder`, `gs://…`, `az://container/folder`.

    It is marked when it first can be reached, unless there lies something in it that is not ours.

    `seconds` are the longest that one request may take. It is all that tells of a store that falls silent.

    Raises:
        PhotoStoreMisdescribed: the environment describes none.
    """

    def __init__(self, address: str, *, seconds: float, plain_http: bool) -> None:
        self._together = seconds * (1 + RETRY_SHARE)
        try:
            self._store = from_url(
                address,
                client_options={
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "timeout": timedelta(seconds=seconds),
                    "allow_http": plain_http,
                },
                retry_config={
                    "max_retries": RETRIES,
                    "retry_timeout": timedelta(seconds=seconds * RETRY_SHARE),
                    "backoff": {"init_backoff": FIRST_PAUSE, "max_backoff": LONGEST_PAUSE, "base": 2},
                },
            )
        except BaseError as error:
            raise PhotoStoreMisdescribed(str(error).partition("\n")[0]) from error
        self._marked = False
        self._failed: str | None = None

    async def prepare(self) -> None:
        with contextlib.suppress(PhotosUnavailable):
            await self.check()

    async def check(self) -> None:
        async with self._in_reach(CHECK_SECONDS):
            await (self._find_mark() if self._marked else self._settle())

    async def names(self) -> list[str]:
        return sorted(await self._listed())

    async def written_before(self, moment: datetime) -> set[str]:
        return await self._listed(moment)

    async def read(self, name: str) -> bytes:
        async with self._in_reach(self._together):
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())

    async def write(self, name: str, content: bytes) -> None:
        async with self._in_reach(self._together):
            if not self._marked:
                await self._settle()
            # In one request: what is cut off leaves nothing behind, where parts of a larger upload would stay.
            await obstore.put_async(self._store, name, content, use_multipart=False)

    async def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            async with self._in_reach(self._together):
                await obstore.delete_async(self._store, name)

    async def _listed(self, before: datetime | None = None) -> set[str]:
        """The names of what is there; a page takes a request, and each of them has its own time."""
        names = set()
        async with self._in_reach(None):
            async for some in obstore.list(self._store):
                names |= {str(one["path"]) for one in some if before is None or one["last_modified"] < before}
            await self._find_mark()
        return names - {MARK}

    async def _settle(self) -> None:
        try:
            await obstore.head_async(self._store, MARK)
        except FileNotFoundError:
            async for some in obstore.list(self._store):
                if some:
                    raise _NotOursError("it holds other things and no mark of ours") from None
            await obstore.put_async(self._store, MARK, b"", use_multipart=False)
        self._marked = True

    async def _find_mark(self) -> None:
        try:
            await obstore.head_async(self._store, MARK)
        except FileNotFoundError:
            raise _NotOursError("the bucket or our mark in it is gone") from None

    @contextlib.asynccontextmanager
    async def _in_reach(self, seconds: float | None) -> AsyncIterator[None]:
        """What the store fails with, told apart: it can't be used, or one object is not there."""
        try:
            async with asyncio.timeout(seconds):
                try:
                    yield
                except FileNotFoundError:
                    await self._find_mark()  # a bucket that is gone says the same of each object
                    raise
        except FileNotFoundError:
            self._tell(None)
            raise
        except (BaseError, OSError, _NotOursError) as error:
            self._tell(_reason(error))
            raise PhotosUnavailable(headers=AWAY_HEADERS) from error
        self._tell(None)

    def _tell(self, reason: str | None) -> None:
        if reason and reason != self._failed:
            log.warning("photo_store_failed", reason=reason)
        if self._failed and not reason:
            log.info("photo_store_answers_again")
        self._failed = reason


class _NotOursError(Exception):
    """The bucket lacks the mark; the message says why."""


def _reason(error: Exception) -> str:
    """In words that name no address and no key."""
    if isinstance(error, _NotOursError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    words = dict.fromkeys(word for found in WORDS.findall(str(error)) for word in found if word)
    return " ".join([type(error).__name__, *words])
