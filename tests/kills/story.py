"""The story of some rounds: at a random moment something dies and is started again, while everybody goes on working."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kills.classroom import Camera, Classroom, at_work, found_classroom
from kills.recount import Found, everything_wrong
from kills.settled import look, settle, what_else_is_wrong
from kills.site import MlService, Site, running_site
from pymongo import MongoClient

VICTIMS = ("backend", "worker", "ML", "database")
PROGRESS_SECONDS = 120.0
"""After each round everybody is able to go on working."""


@dataclass(frozen=True)
class Kill:
    victim: str
    after: float
    down: float


@dataclass(frozen=True)
class Outcome:
    """What is wrong after all rounds, what was killed, and what was found. Orphans are photos that were swept."""

    wrong: list[str]
    killed: Counter[str]
    found: Found
    orphans: int


def plan(seed: str, rounds: int) -> Iterator[Kill]:
    """Every victim once in four rounds, in any order, at moments that the seed decides."""
    rng = random.Random(seed)
    order: list[str] = []
    for _ in range(rounds):
        order = order or rng.sample(VICTIMS, len(VICTIMS))
        yield Kill(order.pop(), rng.uniform(0.1, 2.0), rng.uniform(0.0, 1.0))


async def some_rounds(home: Path, ml_service: MlService, camera: Camera, seed: str, rounds: int) -> Outcome:
    """Let everybody work while so many programs are killed, then recount."""
    with running_site(home, ml_service) as site:
        room = await asyncio.to_thread(found_classroom, site.stack, camera)
        killed: Counter[str] = Counter()
        async with at_work(room, camera, site.stack.backend_url, seed):
            for kill in plan(seed, rounds):
                await one_round(site, room, kill)
                killed[kill.victim] += 1
        return await asyncio.to_thread(_outcome, site, room, killed)


async def one_round(site: Site, room: Classroom, kill: Kill) -> None:
    await asyncio.sleep(kill.after)
    await site.kill(kill.victim)
    await asyncio.sleep(kill.down)
    await site.start(kill.victim)
    enough = len(room.ledger.answered) + len(room.accounts)
    async with asyncio.timeout(PROGRESS_SECONDS):
        await room.ledger.reach(enough)


def _outcome(site: Site, room: Classroom, killed: Counter[str]) -> Outcome:
    with closing(MongoClient(site.stack.database_uri)) as client:
        settle(client)
        found = look(client, room)
        wrong = everything_wrong(found)
        more, orphans = what_else_is_wrong(site, client, room, found)
        return Outcome(wrong + more, killed, found, orphans)
