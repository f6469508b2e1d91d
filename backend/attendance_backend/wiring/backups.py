"""Opens databases as they lie, for what copies, fills or migrates them whole. It makes no index and no key."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib.metadata import version

from attendance_backend.adapters.backup_files import KEY_BYTES, SealedFiles
from attendance_backend.adapters.heartbeat import COLLECTION as PROCESSES
from attendance_backend.adapters.keys import COLLECTION as DATA_KEYS
from attendance_backend.adapters.keys import INDEXES as KEY_INDEXES
from attendance_backend.adapters.mongo import Client, connect, ensure_indexes, wait_until_reachable
from attendance_backend.adapters.secret_files import secret_file
from attendance_backend.documents import SCHEMA_VERSION
from attendance_backend.domains.backups.flows import CopyFlows, Filled, RestoreFlows
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.backups.service import BackupService
from attendance_backend.domains.installation.repository import COLLECTION
from attendance_backend.domains.installation.service import InstallationService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.domains import STORES
from attendance_backend.wiring.migrations import installation, vault_installation
from attendance_backend.wiring.photos import photo_place

BACKUP_KEY = "backup.key"


@dataclass(frozen=True)
class Whole:
    """An installation's databases as wholes. `filling` is what it tells of itself to what fills it."""

    installation: InstallationService
    filling: InstallationService
    backups: BackupService
    restores: RestoreFlows


def sealed_files(settings: BackendSettings) -> SealedFiles:
    return SealedFiles(lambda: secret_file(settings.key_folder / BACKUP_KEY, KEY_BYTES))


@contextlib.asynccontextmanager
async def whole(settings: BackendSettings) -> AsyncIterator[Whole]:
    """What backs up, restores and migrates the installation that the settings describe.

    Raises:
        ConnectionFailure: there is no database.
    """
    async with _client(settings.mongodb_uri.get_secret_value()) as client:
        data, keys = _filled(client, settings)
        photos, clock = photo_place(settings), SystemClock()
        backups = BackupService(
            data.rows, keys.rows, photos, sealed_files(settings), version("attendance-backend"), clock
        )
        restores = RestoreFlows(backups, data, keys, photos, SCHEMA_VERSION, clock)
        yield Whole(_installation(client, settings), data.installation, backups, restores)


@contextlib.asynccontextmanager
async def copying(settings: BackendSettings, to: str) -> AsyncIterator[tuple[InstallationService, CopyFlows]]:
    """What copies the installation to another server.

    Raises:
        ConnectionFailure: one of the two does not answer.
    """
    async with _client(settings.mongodb_uri.get_secret_value()) as client, _client(to) as other:
        (data, keys), (to_data, to_keys) = _filled(client, settings), _filled(other, settings)
        yield _installation(client, settings), CopyFlows(data.rows, keys.rows, to_data, to_keys)


async def check_installation(settings: BackendSettings) -> None:
    """Refuse a database that this program can't start on, and a photos' store that nothing can be asked of.

    Raises:
        PhotoStoreMisdescribed: the environment lacks what it needs.
        ConnectionFailure: there is none.
        DatabaseTooNew, MigrationDue, RestoreUnfinished: it is none that this program may work on.
    """
    photo_place(settings)
    async with _client(settings.mongodb_uri.get_secret_value()) as client:
        await vault_installation(client[settings.vault_database]).check_whole()
        await _installation(client, settings).check()


@contextlib.asynccontextmanager
async def _client(uri: str) -> AsyncIterator[Client]:
    client = connect(uri)
    try:
        await wait_until_reachable(client)
        yield client
    finally:
        await client.close()


def _installation(client: Client, settings: BackendSettings) -> InstallationService:
    return installation(client[settings.mongodb_database], client[settings.vault_database])


def _filled(client: Client, settings: BackendSettings) -> tuple[Filled, Filled]:
    """The data and the vault, for what fills them."""
    database, vault = client[settings.mongodb_database], client[settings.vault_database]
    apart = frozenset([COLLECTION, PROCESSES])

    async def make_indexes() -> None:
        for store in STORES:
            await ensure_indexes(database, store.INDEXES)

    async def make_indexes_of_keys() -> None:
        await ensure_indexes(vault, {DATA_KEYS: KEY_INDEXES})

    filling = installation(database, vault, filling=True)
    data = Filled(CopyRepository(database, apart), filling, make_indexes)
    filling_keys = vault_installation(vault, filling=True)
    return data, Filled(CopyRepository(vault, apart), filling_keys, make_indexes_of_keys)
