"""Whole files of people, in and out, and photos that wait: the part of `inside` that makes those flows."""

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.exports.flows import ExportFlows
from attendance_backend.domains.face_imports.flows import FaceImportFlows
from attendance_backend.domains.face_imports.repository import FaceImportRepository
from attendance_backend.domains.face_imports.service import FaceImportService
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.imports.flows import ImportFlows
from attendance_backend.domains.imports.lessons.flows import ImportedLessons
from attendance_backend.domains.imports.oneroster.flows import OneRosterFlows
from attendance_backend.domains.imports.oneroster.people.flows import ArchivedPeople
from attendance_backend.domains.imports.oneroster.rosters.flows import ArchivedTeaching
from attendance_backend.domains.imports.people.flows import ImportedPeople
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.own_faces.flows import OwnFaceFlows
from attendance_backend.domains.own_faces.repository import OwnFaceRepository
from attendance_backend.domains.own_faces.service import OwnFaceService
from attendance_backend.domains.people.service import GuardianService, PeopleService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import RoomService, TermService, TimetableService
from attendance_backend.institution import Institution
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters


def files(outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    """The flows of files, out of services made before."""
    people, teaching, consent = made.get(PeopleService), made.get(TeachingService), made.get(ConsentService)
    institution = made.get(Institution)
    guardians, identity = made.get(GuardianService), made.get(IdentityService)
    around = ImportedPeople(people, guardians, identity)
    lessons = ImportedLessons(teaching, made.get(TimetableService), made.get(RoomService))
    made.add(ImportFlows(people, teaching, consent, made.get(AuditService), institution, around, lessons))
    archived = ArchivedPeople(people, guardians, identity)
    terms = made.get(TermService)
    rosters = ArchivedTeaching(teaching)
    made.add(OneRosterFlows(archived, rosters, people, teaching, terms, made.get(AuditService), institution))
    made.add(ExportFlows(people, teaching, consent, institution))
    imported = FaceImportService(FaceImportRepository(outside.database), outside.photos, outside.clock)
    enroller, audit = made.get(EnrolmentFlows), made.get(AuditService)
    made.add(imported, FaceImportFlows(imported, enroller, people, consent, audit, outside.transactions))
    own_faces, models = OwnFaceRepository(outside.database), made.get(ModelService)
    own = OwnFaceService(own_faces, outside.photos, outside.engine, models, audit, outside.clock)
    made.add(
        own,
        OwnFaceFlows(
            own,
            enroller,
            made.get(EnrolmentService),
            consent,
            people,
            made.get(InstitutionService),
            made.get(LookalikesService),
            outside.transactions,
        ),
    )
