"""Makes what changes the model by which a school is recognised: before what forgets whom it concerned."""

from datetime import timedelta

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.reembeddings.flows import ReembeddingFlows
from attendance_backend.domains.reembeddings.repository import ReembeddingRepository
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters

DISCARDED_EVERY = timedelta(hours=1)


def reembedding(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """Changes of models, and the worker's part in them."""
    models, transactions = made.get(ModelService), outside.transactions
    kept = ReembeddingRepository(outside.database)
    runs = ReembeddingService(kept, models, made.get(AuditService), transactions, outside.clock)
    made.get(JobWorker).add(Recurring("discard the model before", DISCARDED_EVERY, runs.discard_old))
    made.add(
        runs,
        ReembeddingFlows(
            runs,
            made.get(EnrolmentService),
            models,
            made.get(KeptPhotoService),
            made.get(ConsentService),
            made.get(GalleryService),
            outside.engine,
            transactions,
        ),
    )
