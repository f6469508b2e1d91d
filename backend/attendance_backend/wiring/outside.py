"""Opens what lies outside: database, key vault, photos, ML service, clock. It makes no service."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from attendance_backend.adapters.heartbeat import Heartbeat
from attendance_backend.adapters.keys import MongoVault
from attendance_backend.adapters.limits import MovingWindow
from attendance_backend.adapters.mail import SmtpServer
from attendance_backend.adapters.master_keys import LocalMasters, ReadMasters, from_service
from attendance_backend.adapters.ml import MlAddress, MlClient
from attendance_backend.adapters.mongo import (
    Client,
    Database,
    MongoTransactions,
    connect,
    ensure_indexes,
    wait_until_reachable,
)
from attendance_backend.adapters.openid import client_of_providers, discovered, read_providers
from attendance_backend.adapters.passwords import Argon2Passwords
from attendance_backend.adapters.photos import SealedPhotos
from attendance_backend.adapters.secret_files import secret_file
from attendance_backend.adapters.tokens import MIN_SECRET_BYTES, JwtSigner
from attendance_backend.adapters.webhooks import HttpWebhooks
from attendance_backend.domains.devices.policy import RULE as DEVICE_RULE
from attendance_backend.domains.limits.policy import ADDRESS_RULE
from attendance_backend.ports.clock import Clock, SystemClock
from attendance_backend.ports.limits import FailureLimit
from attendance_backend.ports.mail import Mailer
from attendance_backend.ports.openid import OpenIdProvider
from attendance_backend.ports.store import Transactions
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.domains import STORES
from attendance_backend.wiring.migrations import installation, vault_installation
from attendance_backend.wiring.photos import photo_place


@dataclass(frozen=True)
class Adapters:
    """Everything outside that a running backend holds."""

    client: Client
    database: Database
    vault_database: Database
    transactions: Transactions
    vault: MongoVault
    photos: SealedPhotos
    engine: MlClient
    passwords: Argon2Passwords
    tokens: JwtSigner
    address_failures: FailureLimit
    device_requests: FailureLimit
    mailer: Mailer | None
    providers: Sequence[OpenIdProvider]
    webhooks: HttpWebhooks
    clock: Clock


@contextlib.asynccontextmanager
async def adapters(
    settings: BackendSettings, registry: CollectorRegistry | None = None, *, filling: bool = False
) -> AsyncIterator[Adapters]:
    """Open everything outside, the database within a minute, and close it again; `registry` counts what they do.

    `filling`: for what restores the database, to which it is open though it is not whole.

    Raises:
        ConnectionFailure: there is no database.
        DatabaseTooNew, MigrationDue, RestoreUnfinished: it is none that this program may work on.
    """
    clock = SystemClock()
    place = photo_place(settings)
    described = read_providers(settings.openid_providers) if settings.openid_providers else []
    client = connect(settings.mongodb_uri.get_secret_value())
    vault = MongoVault(client, settings.vault_database, _masters(settings))
    database, vault_database = client[settings.mongodb_database], client[settings.vault_database]
    async with MlClient(_ml_address(settings), registry=registry) as engine, contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(client.close)
        closing.push_async_callback(vault.close)
        asking = await closing.enter_async_context(client_of_providers())
        await wait_until_reachable(client)
        await vault_installation(vault_database, filling=filling).check_whole()
        await installation(database, vault_database, filling=filling).check()
        await vault.prepare()
        await place.prepare()
        for store in STORES:
            await ensure_indexes(database, store.INDEXES)
        heartbeat = Heartbeat(client, database)
        await closing.enter_async_context(heartbeat.beating())
        yield Adapters(
            client=client,
            database=database,
            vault_database=vault_database,
            transactions=MongoTransactions(heartbeat.session),
            vault=vault,
            photos=SealedPhotos(place, vault),
            engine=engine,
            passwords=Argon2Passwords(),
            tokens=JwtSigner(_token_secret(settings), clock),
            address_failures=MovingWindow(ADDRESS_RULE),
            device_requests=MovingWindow(DEVICE_RULE),
            mailer=_mailer(settings),
            providers=discovered(described, settings.public_url, asking, clock),
            webhooks=HttpWebhooks(settings.webhooks_to_private_addresses),
            clock=clock,
        )


def _ml_address(settings: BackendSettings) -> MlAddress:
    return MlAddress(
        urls=settings.ml_service_url,
        api_key=settings.ml_service_api_key.get_secret_value(),
        timeout_seconds=settings.ml_service_timeout,
        try_timeout_seconds=settings.ml_service_try_timeout,
        confident_threshold=settings.ml_confident_threshold,
        uncertain_threshold=settings.ml_uncertain_threshold,
        rest_seconds=settings.ml_service_rest,
    )


def _masters(settings: BackendSettings) -> ReadMasters:
    if settings.key_provider_file:
        return from_service(settings.key_provider, settings.key_provider_file)
    return LocalMasters(settings.key_folder)


def _mailer(settings: BackendSettings) -> Mailer | None:
    if settings.smtp_host is None or settings.mail_from is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        sender=settings.mail_from,
        username=settings.smtp_username,
        password=password,
        ca=settings.smtp_ca,
    )


def _token_secret(settings: BackendSettings) -> bytes:
    if settings.jwt_secret:
        return settings.jwt_secret.get_secret_value().encode()
    return secret_file(settings.smart_attendance_home / "keys" / "jwt.key", MIN_SECRET_BYTES)
