"""Makes webhooks: what writes an event's deliveries, and what sends them."""

from datetime import timedelta

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.webhooks.flows import DeliveryFlows
from attendance_backend.domains.webhooks.repository import DeliveryRepository, WebhookRepository
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters

FORGOTTEN_EVERY = timedelta(hours=1)


def webhooks(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Before everything that has something to tell."""
    kept, deliveries = WebhookRepository(outside.database), DeliveryRepository(outside.database)
    client, clock = outside.webhooks, outside.clock
    service = WebhookService(kept, deliveries, made.get(AuditService), outside.tokens, clock, client.private)
    school = made.get(InstitutionService)
    flows = DeliveryFlows(service, kept, deliveries, school, client, outside.transactions, clock)
    made.get(JobWorker).add(Recurring("forget old deliveries", FORGOTTEN_EVERY, flows.forget_old))
    made.add(service, flows)
