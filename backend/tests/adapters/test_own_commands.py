"""Commands of the program in processes of their own: what they say is heard, and none outlives who asked for it."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from attendance_backend.adapters.own_commands import ChildCommands
from attendance_backend.ports.commands import CommandFailedError


async def test_what_a_command_prints_is_heard() -> None:
    assert "--keys-to" in await ChildCommands().run("backup", "--help")


async def test_one_that_fails_says_why() -> None:
    with pytest.raises(CommandFailedError, match="invalid choice: 'nonsense'"):
        await ChildCommands().run("nonsense")


async def test_one_that_nobody_waits_for_any_more_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A database that takes the connection and never answers: the command waits for it.
    met, calls, is_over = asyncio.Event(), set[asyncio.StreamReader](), asyncio.Event()

    async def keep_waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.add(reader)
        met.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                pass
        calls.remove(reader)
        is_over.set()
        writer.close()

    server = await asyncio.start_server(keep_waiting, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name, value in {
        "MONGODB_URI": f"mongodb://127.0.0.1:{port}/?directConnection=true",
        "SMART_ATTENDANCE_HOME": str(tmp_path),
        "ML_SERVICE_API_KEY": "unused",
    }.items():
        monkeypatch.setenv(name, value)
    asked = asyncio.create_task(ChildCommands().run("migrate"))
    async with asyncio.timeout(60):
        await met.wait()

    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    async with asyncio.timeout(60):
        while calls:
            is_over.clear()
            await is_over.wait()
    assert asked.cancelled()
    assert not calls, "the command's connections ended with it"
    server.close()
