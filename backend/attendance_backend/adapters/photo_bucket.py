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
from attendance_backend.ports.photos import PhotosUnavailable

log = structlog.stdlib.get_logger(__name__)
CONNECT_SECONDS = 3.0
REQUEST_SECONDS = 15.0
"""20 MB, the largest photo there is, at 11 Mbit/s. A store that falls silent is told by nothing else."""
RETRIES = 3
RETRY_SECONDS = 4.0
"""For a connection that is cut and a store that is busy; what took its whole time is not tried again."""
CHECK_SECONDS = 5.0
"""Everything else begins without a store that is silent."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(milliseconds=100), timedelta(seconds=1)
TOGETHER_SECONDS = 20.0
"""Of one call, its retries and the search for credentials included: as long as a database may be silent."""
WORDS = re.compile(r"<Code>(\w+)</Code>|status code: (\d{3})|kind: (\w+)|source: (\w+),")
"""What of an error may stand in the log. Its whole text shows addresses, which may carry a signature, and answers."""


class Bucket:
    """A `Place` below the address of a bucket: `s3://bucket/folder`, `gs://…`, `az://account/container/…`.

    It is marked when it first can be reached, unless there lies something in it that is not ours.

    Raises:
        BaseError: what the environment says of the store can't be read.
    """

    def __init__(self, address: str, *, plain_http: bool = False, request_seconds: float = REQUEST_SECONDS) -> None:
        self._store = from_url(
            address,
            client_options={
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=request_seconds),
                "allow_http": plain_http,
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_SECONDS),
                "backoff": {"init_backoff": FIRST_PAUSE, "max_backoff": LONGEST_PAUSE, "base": 2},
            },
        )
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
        async with self._in_reach():
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())

    async def write(self, name: str, content: bytes) -> None:
        async with self._in_reach():
            if not self._marked:
                await self._settle()
            # In one request: what is cut off leaves nothing behind, where parts of a larger upload would stay.
            await obstore.put_async(self._store, name, content, use_multipart=False)

    async def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            async with self._in_reach():
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
    async def _in_reach(self, seconds: float | None = TOGETHER_SECONDS) -> AsyncIterator[None]:
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
