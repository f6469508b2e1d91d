"""Makes what backs an installation up by the clock, where its settings name the folders."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from attendance_backend.adapters.own_commands import ChildCommands
from attendance_backend.domains.backups.schemas import Holds
from attendance_backend.domains.backups.standing.schemas import Standing
from attendance_backend.domains.backups.standing.service import StandingBackupService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.jobs.service import JobService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.backups import sealed_files
from attendance_backend.wiring.outside import Adapters

DATA_EVERY, KEYS_EVERY = timedelta(days=1), timedelta(hours=1)
LOOKED_AT = {Holds.DATA: timedelta(hours=1), Holds.KEYS: timedelta(minutes=10)}
"""How often somebody asks if a backup is due: one that failed is tried again as soon."""


class BackupWorker(JobWorker):
    """The jobs that back up, in a loop of their own: one takes minutes, and erasures do not wait for it."""


def standing_backups(outside: Adapters, settings: BackendSettings, made: Services) -> None:
    """Backups by the clock, and the worker that makes them."""
    service = StandingBackupService(tuple(_standing(settings)), sealed_files(settings), ChildCommands(), outside.clock)
    worker = BackupWorker(made.get(JobService))
    for one in service.standing:
        worker.add(Recurring(f"back up the {one.holds}", LOOKED_AT[one.holds], partial(service.make_if_due, one)))
    made.add(service, worker)


def _standing(settings: BackendSettings) -> Iterator[Standing]:
    if data := settings.backup_folder:
        more = ("--incremental",) if settings.backup_incremental else ()
        yield Standing(Holds.DATA, data, DATA_EVERY, ("--into", str(data), *more))
    if keys := settings.backup_keys_folder:
        yield Standing(Holds.KEYS, keys, KEYS_EVERY, ("--keys-to", str(keys)))
