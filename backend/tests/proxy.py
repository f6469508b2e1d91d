"""A wire between two programs that can be cut, slowed, silenced and reset while they talk. It knows no protocol."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

PIECE = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER without a time: closing drops what is under way and says so with a reset."""


@dataclass
class Moment:
    """When something with each of `sights` has been asked for, in their order, `then` happens first.

    It may be over several connections: a driver changes them within a transaction, when something else asks meanwhile.
    With `answered` it passes on, and it is the answer that does not: what was asked for is done, and nobody is told.
    `beyond` bytes pass first, counted from the piece with the last of the sights.
    """

    sights: Sequence[bytes]
    then: Callable[[], None]
    answered: bool = False
    beyond: int = 0
    seen: int = field(default=0, init=False)


@dataclass
class Proxy:
    """Listens on `port` and passes everything on to `target`. Each switch is looked at anew for each piece.

    Attributes:
        delay: seconds that each piece is held back.
        trickle: bytes that are passed on at once, with `delay` between them.
        speaks: when cleared nothing passes and nobody hangs up, as behind a wall that drops packets.
        moment: something that happens once, in the middle of a talk.
    """

    target: int
    port: int = 0
    delay: float = 0.0
    trickle: int | None = None
    speaks: asyncio.Event = field(default_factory=asyncio.Event)
    moment: Moment | None = None
    _server: asyncio.Server | None = None
    _links: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen, on the same port as the last time."""
        self._server = await asyncio.start_server(self._link, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Refuse new connections and hang up on those there are."""
        if self._server:
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End every connection in the ordinary way, in the middle of whatever it says."""
        for writer in self._links:
            writer.close()

    def reset(self) -> None:
        """End every connection with a reset."""
        for writer in self._links:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            ends = {writer, far_writer}
            self._links |= ends
            talk = _Talk(self)
            ways = (talk.there(reader, far_writer), talk.back(far_reader, writer))
            await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
            self._links -= ends
            far_writer.close()
        writer.close()


@dataclass
class _Talk:
    """One connection."""

    proxy: Proxy
    awaited: Moment | None = None
    """What happens when the answer comes."""
    found: Moment | None = None
    """The moment whose last sight was seen here."""
    passed: int = 0

    async def there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                if (moment := self.proxy.moment) and self._is_it(moment, piece):
                    self.proxy.moment = None
                    self.awaited = moment
                    if not moment.answered:
                        self._happen()
                await self._pass_on(piece, writer)

    def _is_it(self, moment: Moment, piece: bytes) -> bool:
        before = moment.seen
        while moment.seen < len(moment.sights) and moment.sights[moment.seen] in piece:
            moment.seen += 1
        if before < moment.seen == len(moment.sights):
            self.found, self.passed = moment, 0
        if self.found is not moment:
            return False
        self.passed += len(piece)
        return self.passed > moment.beyond

    async def back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                self._happen()
                await self._pass_on(piece, writer)

    def _happen(self) -> None:
        if self.awaited:
            self.awaited.then()
            self.awaited = None

    async def _pass_on(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        size = self.proxy.trickle or len(piece)
        for start in range(0, len(piece), size):
            await self.proxy.speaks.wait()
            await asyncio.sleep(self.proxy.delay)
            writer.write(piece[start : start + size])
            await writer.drain()


@contextlib.asynccontextmanager
async def running_proxy(target: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    proxy.speaks.set()
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.refuse()
