"""Makes what takes away again what the other areas have kept, and what shows it to the person it is about."""

from datetime import timedelta

from attendance_backend.domains.attendance.evidence.flows import EvidenceFlows
from attendance_backend.domains.attendance.evidence.repository import TraceRepository
from attendance_backend.domains.attendance.evidence.service import TraceService
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.flows import ConsentFlows
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.consent.texts.repository import ConsentTextRepository
from attendance_backend.domains.consent.texts.service import ConsentTextService
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.face_imports.service import FaceImportService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.inventory.repository import InventoryRepository
from attendance_backend.domains.inventory.service import InventoryService
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.own_faces.service import OwnFaceService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.privacy.export.flows import ExportFlows
from attendance_backend.domains.privacy.flows import PrivacyFlows
from attendance_backend.domains.privacy.kept.repository import KeptRepository
from attendance_backend.domains.privacy.kept.service import KeptService
from attendance_backend.domains.privacy.repository import ErasureRepository
from attendance_backend.domains.privacy.retention.service import RetentionService
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.domains.replay.service import ReplayService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.domains import KEPT
from attendance_backend.wiring.outside import Adapters

ERASED_EVERY = timedelta(seconds=10)
INVENTORY_EVERY = timedelta(days=1)
RETAINED_EVERY = timedelta(minutes=10)


def privacy(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """What takes away what the others have kept."""
    transactions, clock = outside.transactions, outside.clock
    consent, people = made.get(ConsentService), made.get(PeopleService)
    traces = TraceService(
        TraceRepository(outside.database), made.get(CaptureService), made.get(RecordService), transactions, clock
    )
    erasures = ErasureService(
        ErasureRepository(outside.database, outside.vault_database),
        made.get(EnrolmentService),
        consent,
        traces,
        made.get(GalleryService),
        made.get(LookalikesService),
        made.get(FaceImportService),
        made.get(OwnFaceService),
        made.get(ReembeddingService),
        made.get(ReplayService),
        made.get(AuditService),
        transactions,
        clock,
    )
    made.add(KeptService(KeptRepository(outside.database), KEPT))
    texts = ConsentTextService(ConsentTextRepository(outside.database), made.get(AuditService), clock)
    identity = made.get(IdentityService)
    made.add(
        traces,
        erasures,
        PrivacyFlows(erasures, people),
        ConsentFlows(consent, people, erasures, texts, identity, made.get(Institution)),
        texts,
    )
    inventory = InventoryService(InventoryRepository(outside.database), made.get(KeptService), outside.photos, clock)
    made.add(inventory)
    evidence = EvidenceFlows(made.get(RecordService), made.get(CaptureService), outside.engine)
    made.add(evidence, _export(made, evidence, outside))
    retention = RetentionService(
        made.get(InstitutionService),
        traces,
        made.get(KeptService),
        made.get(RecordService),
        outside.photos,
        made.get(AuditService),
        transactions,
        clock,
    )

    async def retain() -> None:
        await retention.remove(SYSTEM)

    async def take_inventory() -> None:
        await inventory.take(SYSTEM, remove=True)

    made.add(retention)
    made.get(JobWorker).add(Recurring("take an inventory of the photos", INVENTORY_EVERY, take_inventory))
    made.get(JobWorker).add(Recurring("remove what was kept long enough", RETAINED_EVERY, retain))
    made.get(JobWorker).add(Recurring("carry on with erasures", ERASED_EVERY, erasures.carry_on))


def _export(made: Services, evidence: EvidenceFlows, outside: Adapters) -> ExportFlows:
    return ExportFlows(
        made.get(PeopleService),
        made.get(IdentityService),
        made.get(RecordService),
        made.get(KeptService),
        made.get(AuditService),
        evidence,
        made.get(KeptPhotoService),
        outside.transactions,
    )
