"""Makes what leads people to their accounts: links, the mail that brings them, and providers that vouch for them."""

from datetime import timedelta

from attendance_backend.domains.accounts.addresses.flows import AddressFlows
from attendance_backend.domains.accounts.flows import AccountFlows, InvitationFlows, ResetFlows
from attendance_backend.domains.accounts.repository import LinkRepository
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.limits.service import LimitService
from attendance_backend.domains.openid.flows import OpenIdFlows
from attendance_backend.domains.openid.repository import IdentityRepository
from attendance_backend.domains.openid.service import OpenIdService
from attendance_backend.domains.outbox.repository import OutboxRepository
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters

SENT_EVERY = timedelta(seconds=5)


def accounts(outside: Adapters, settings: BackendSettings, made: Services) -> None:
    """Invitations, resets, users, sign-in by providers, and the outbox of all mail."""
    database, clock, tokens = outside.database, outside.clock, outside.tokens
    outbox = OutboxService(OutboxRepository(database), outside.mailer, tokens, clock, settings.public_url)
    links = LinkService(LinkRepository(database), outbox, tokens, clock)
    identity, sign_ins, audit = made.get(IdentityService), made.get(SignInService), made.get(AuditService)
    made.add(outbox, links, InvitationFlows(links, identity, made.get(PeopleService), audit))
    made.add(ResetFlows(links, identity, sign_ins, audit), AccountFlows(identity, sign_ins, links))
    made.add(AddressFlows(links, identity, sign_ins, audit))
    openid = OpenIdService(outside.providers, IdentityRepository(database), identity, audit, tokens, clock)
    made.add(openid, OpenIdFlows(openid, sign_ins, made.get(LimitService), audit, outside.transactions))
    made.get(JobWorker).add(Recurring("send mail", SENT_EVERY, outbox.send_due))
