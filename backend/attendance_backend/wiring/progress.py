"""Makes the streams of progress: what of each domain can be watched, and when it is over."""

import asyncio
from collections.abc import Mapping, Sequence

from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.face_imports.service import FaceImportService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.progress import Progress, Seen
from attendance_backend.provide import Services


def progress(made: Services, stopping: asyncio.Event) -> Progress:
    """What routes watch; who may is theirs to ask."""
    queue, imports = made.get(QueueService), made.get(FaceImportService)

    async def captures(ids: Sequence[str]) -> Mapping[str, Seen]:
        return {one: Seen(far, not far.waits) for one, far in (await queue.progress(SYSTEM, ids)).items()}

    async def sessions(ids: Sequence[str]) -> Mapping[str, Seen]:
        return {one: Seen(far, not far.waiting) for one, far in (await queue.session_progress(SYSTEM, ids)).items()}

    async def face_imports(ids: Sequence[str]) -> Mapping[str, Seen]:
        return {one: Seen(far, far.is_over) for one, far in (await imports.progress(SYSTEM, ids)).items()}

    return Progress({"captures": captures, "sessions": sessions, "face imports": face_imports}, stopping)
