"""A plain balancer before several services, for measuring: connections in turn, those that don't answer passed over.

Test equipment. It knows no HTTP and repeats no request: what breaks off in the middle breaks off for the client.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from attendance_cli.network import LOOPBACK

CHUNK = 65_536


@dataclass
class Balancer:
    """Where it listens, and how many connections each port got."""

    url: str
    connections: Counter[int]


@asynccontextmanager
async def balancing(ports: Sequence[int]) -> AsyncIterator[Balancer]:
    """A balancer before the services on these ports of this machine."""
    connections: Counter[int] = Counter()
    serving: set[asyncio.Task[None] | None] = set()
    turn = count()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        first = next(turn)
        for port in [ports[(first + step) % len(ports)] for step in range(len(ports))]:
            try:
                answers, requests = await asyncio.open_connection(LOOPBACK, port)
            except OSError:
                continue
            connections[port] += 1
            await asyncio.gather(_pass_on(reader, requests), _pass_on(answers, writer))
            return
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    async with server:
        yield Balancer(f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}", connections)
        await asyncio.gather(*filter(None, serving))  # the clients are gone by now


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """All that comes, until either side ends; then the other side ends too."""
    try:
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


async def _serve(ports: Sequence[int]) -> None:
    """Print the address, and balance until the end of the process."""
    async with balancing(ports) as balancer:
        print(balancer.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve([int(port) for port in sys.argv[1:]]))
