"""What the metrics tell of backups in a folder that can't be read any more."""

import asyncio
import errno
import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from attendance_backend.adapters.backup_files import SealedFiles
from attendance_backend.adapters.own_commands import ChildCommands
from attendance_backend.domains.backups.policy import data_file
from attendance_backend.domains.backups.schemas import Holds
from attendance_backend.domains.backups.standing import flows
from attendance_backend.domains.backups.standing.flows import BackupGauges
from attendance_backend.domains.backups.standing.schemas import Standing
from attendance_backend.domains.backups.standing.service import StandingBackupService
from attendance_backend.ports.clock import SystemClock


class FilesOfADisk(SealedFiles):
    """Until the disk fails."""

    fails = False

    def names(self, folder: Path) -> list[str]:
        if self.fails:
            raise OSError(errno.EIO, "Input/output error")
        return super().names(folder)


async def test_backups_that_can_not_be_seen_any_more_are_none(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(flows, "LOOK_SECONDS", 0.01)
    clock, registry, files = SystemClock(), CollectorRegistry(), FilesOfADisk(lambda: b"")
    (tmp_path / data_file(clock.now() - timedelta(hours=1), is_whole=True)).touch()
    standing = (Standing(Holds.DATA, tmp_path, timedelta(days=1), ()),)
    gauges = BackupGauges(registry, StandingBackupService(standing, files, ChildCommands(), clock))

    def told() -> float:
        return registry.get_sample_value("backup_age_seconds", {"holds": "data"}) or 0.0

    async def until(is_so: Callable[[float], bool]) -> None:
        async with asyncio.timeout(30):
            while not is_so(told()):  # noqa: ASYNC110  # a metric tells nobody that it has changed
                await asyncio.sleep(0.01)

    looking = asyncio.create_task(gauges.run())
    await until(lambda age: math.isfinite(age) and age >= 3600)
    files.fails = True
    await until(math.isinf)

    assert not looking.done(), "it looks again"
    looking.cancel()
