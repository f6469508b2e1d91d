"""What brings an older database to the schema of this program, in order; each step is its domain's own."""

from attendance_backend.adapters.keys import drop_conditional_index
from attendance_backend.adapters.mongo import Database
from attendance_backend.domains.identity import repository as identity_store
from attendance_backend.domains.installation.repository import InstallationRepository
from attendance_backend.domains.installation.schemas import Migration
from attendance_backend.domains.installation.service import InstallationService
from attendance_backend.domains.people import repository as people_store
from attendance_backend.domains.privacy import repository as privacy_store


def installation(database: Database, vault: Database, *, filling: bool = False) -> InstallationService:
    """The state of a database, and its migrations. `filling`: for what fills it."""
    migrations = (
        Migration(2, "students have what lists are sorted and narrowed by", lambda: people_store.upgrade(database)),
        Migration(3, "accounts tell if their address is verified", lambda: identity_store.say_unverified(database)),
        Migration(4, "the ledger of erasures is in the vault", lambda: privacy_store.fill_ledger(database, vault)),
        Migration(5, "a data key is found by its owner in an index", lambda: drop_conditional_index(vault)),
    )
    return InstallationService(InstallationRepository(database), migrations, filling=filling)


def vault_installation(vault: Database, *, filling: bool = False) -> InstallationService:
    """The state of a vault: whole, or being filled."""
    return InstallationService(InstallationRepository(vault), (), filling=filling)
