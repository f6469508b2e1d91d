"""What waits in the database until it is due, and the job that looks whether a clock set back put it too far off."""

from datetime import timedelta

from attendance_backend.domains.attendance.repository import WAITING
from attendance_backend.domains.attendance.service import LONGEST_PAUSE
from attendance_backend.domains.face_imports.service import LEASE as IMPORT_LEASE
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.schemas import Queue, Recurring
from attendance_backend.domains.jobs.service import JobService
from attendance_backend.domains.outbox.policy import LONGEST_WAIT
from attendance_backend.domains.privacy.service import AGAIN, SECOND_LOOK
from attendance_backend.domains.webhooks.policy import WAITS
from attendance_backend.domains.webhooks.schemas import DeliveryState
from attendance_backend.provide import Services
from attendance_backend.settings import BackendSettings
from attendance_backend.wiring.outside import Adapters

LOOKED_EVERY = timedelta(minutes=1)
QUEUES = (
    Queue("captures", LONGEST_PAUSE, tuple(WAITING)),
    Queue("face_imports", IMPORT_LEASE),
    Queue("outbox", LONGEST_WAIT),
    Queue("erasures", max(AGAIN, SECOND_LOOK)),
    Queue("webhook_deliveries", 2 * WAITS[-1], (DeliveryState.WAITING,)),
)


def queues(_outside: Adapters, _settings: BackendSettings, made: Services) -> None:
    service, worker = made.get(JobService), made.get(JobWorker)
    worker.add(Recurring("bring back what is too far off", LOOKED_EVERY, lambda: service.bring_back(QUEUES)))
