"""Which domains there are: those that keep something, and those that answer requests."""

from attendance_backend.adapters import heartbeat
from attendance_backend.domains.accounts import repository as accounts_store
from attendance_backend.domains.accounts import routes as accounts_routes
from attendance_backend.domains.accounts.addresses import routes as addresses_routes
from attendance_backend.domains.attendance import repository as attendance_store
from attendance_backend.domains.attendance import routes as attendance_routes
from attendance_backend.domains.attendance.evidence import repository as evidence_store
from attendance_backend.domains.attendance.evidence import routes as evidence_routes
from attendance_backend.domains.attendance.kiosk import routes as kiosk_routes
from attendance_backend.domains.attendance.queue import routes as queue_routes
from attendance_backend.domains.audit import repository as audit_store
from attendance_backend.domains.audit import routes as audit_routes
from attendance_backend.domains.codes import repository as codes_store
from attendance_backend.domains.codes import routes as codes_routes
from attendance_backend.domains.consent import repository as consent_store
from attendance_backend.domains.consent import routes as consent_routes
from attendance_backend.domains.consent.texts import repository as consent_texts_store
from attendance_backend.domains.consent.texts import routes as consent_texts_routes
from attendance_backend.domains.corrections import repository as corrections_store
from attendance_backend.domains.corrections import routes as corrections_routes
from attendance_backend.domains.devices import repository as devices_store
from attendance_backend.domains.devices import routes as devices_routes
from attendance_backend.domains.enrolment import repository as enrolment_store
from attendance_backend.domains.enrolment import routes as enrolment_routes
from attendance_backend.domains.enrolment.galleries import repository as galleries_store
from attendance_backend.domains.enrolment.models import repository as models_store
from attendance_backend.domains.enrolment.photos import repository as enrolment_photos_store
from attendance_backend.domains.excuses import repository as excuses_store
from attendance_backend.domains.excuses import routes as excuses_routes
from attendance_backend.domains.exports import routes as exports_routes
from attendance_backend.domains.exports.school import routes as school_export_routes
from attendance_backend.domains.face_imports import repository as face_imports_store
from attendance_backend.domains.face_imports import routes as face_imports_routes
from attendance_backend.domains.identity import repository as identity_store
from attendance_backend.domains.identity import routes as identity_routes
from attendance_backend.domains.imports import routes as imports_routes
from attendance_backend.domains.imports.oneroster import routes as oneroster_routes
from attendance_backend.domains.installation import repository as installation_store
from attendance_backend.domains.institution import repository as institution_store
from attendance_backend.domains.institution import routes as institution_routes
from attendance_backend.domains.inventory import repository as inventory_store
from attendance_backend.domains.inventory import routes as inventory_routes
from attendance_backend.domains.jobs import repository as jobs_store
from attendance_backend.domains.limits import repository as limits_store
from attendance_backend.domains.lookalikes import repository as lookalikes_store
from attendance_backend.domains.lookalikes import routes as lookalikes_routes
from attendance_backend.domains.notices import repository as notices_store
from attendance_backend.domains.notices import routes as notices_routes
from attendance_backend.domains.notices.rules import repository as notice_rules_store
from attendance_backend.domains.openid import repository as openid_store
from attendance_backend.domains.openid import routes as openid_routes
from attendance_backend.domains.outbox import repository as outbox_store
from attendance_backend.domains.own_faces import repository as own_faces_store
from attendance_backend.domains.own_faces import routes as own_faces_routes
from attendance_backend.domains.people import repository as people_store
from attendance_backend.domains.people import routes as people_routes
from attendance_backend.domains.privacy import repository as privacy_store
from attendance_backend.domains.privacy import routes as privacy_routes
from attendance_backend.domains.privacy.export import routes as person_export_routes
from attendance_backend.domains.records import repository as records_store
from attendance_backend.domains.records import routes as records_routes
from attendance_backend.domains.reembeddings import repository as reembeddings_store
from attendance_backend.domains.reembeddings import routes as reembeddings_routes
from attendance_backend.domains.replay import repository as replay_store
from attendance_backend.domains.reports import routes as reports_routes
from attendance_backend.domains.reports.completion import routes as completion_routes
from attendance_backend.domains.reports.downloads import routes as downloads_routes
from attendance_backend.domains.reports.groups import routes as groups_routes
from attendance_backend.domains.reports.recognition import routes as quality_routes
from attendance_backend.domains.reports.sessions import routes as session_report_routes
from attendance_backend.domains.reports.terms import routes as term_report_routes
from attendance_backend.domains.sign_ins import repository as sign_ins_store
from attendance_backend.domains.sign_ins import routes as sign_ins_routes
from attendance_backend.domains.substitutions import repository as substitutions_store
from attendance_backend.domains.substitutions import routes as substitutions_routes
from attendance_backend.domains.tallies import repository as tallies_store
from attendance_backend.domains.tallies.faces import repository as face_tallies_store
from attendance_backend.domains.teaching import repository as teaching_store
from attendance_backend.domains.teaching import routes as teaching_routes
from attendance_backend.domains.timetable import repository as timetable_store
from attendance_backend.domains.timetable import routes as timetable_routes
from attendance_backend.domains.webhooks import repository as webhooks_store
from attendance_backend.domains.webhooks import routes as webhooks_routes
from attendance_backend.kept import declared

STORES = (
    audit_store,
    identity_store,
    institution_store,
    sign_ins_store,
    limits_store,
    accounts_store,
    openid_store,
    outbox_store,
    jobs_store,
    installation_store,
    inventory_store,
    people_store,
    consent_store,
    consent_texts_store,
    teaching_store,
    timetable_store,
    substitutions_store,
    devices_store,
    enrolment_store,
    models_store,
    enrolment_photos_store,
    reembeddings_store,
    face_imports_store,
    attendance_store,
    records_store,
    codes_store,
    corrections_store,
    excuses_store,
    tallies_store,
    face_tallies_store,
    replay_store,
    evidence_store,
    galleries_store,
    privacy_store,
    lookalikes_store,
    notices_store,
    notice_rules_store,
    webhooks_store,
    own_faces_store,
    heartbeat,
)
KEPT = declared(STORES)
"""What each collection keeps about people: a program whose collection declares nothing does not start."""
ROUTES = (
    sign_ins_routes,
    accounts_routes,
    addresses_routes,
    openid_routes,
    identity_routes,
    institution_routes,
    people_routes,
    consent_routes,
    consent_texts_routes,
    enrolment_routes,
    teaching_routes,
    timetable_routes,
    substitutions_routes,
    attendance_routes,
    queue_routes,
    devices_routes,
    kiosk_routes,
    audit_routes,
    records_routes,
    imports_routes,
    oneroster_routes,
    face_imports_routes,
    exports_routes,
    school_export_routes,
    reports_routes,
    downloads_routes,
    quality_routes,
    completion_routes,
    groups_routes,
    session_report_routes,
    term_report_routes,
    privacy_routes,
    inventory_routes,
    lookalikes_routes,
    own_faces_routes,
    reembeddings_routes,
    person_export_routes,
    evidence_routes,
    codes_routes,
    corrections_routes,
    excuses_routes,
    notices_routes,
    webhooks_routes,
)
