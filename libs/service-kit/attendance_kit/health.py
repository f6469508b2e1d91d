"""Health of a service: alive, ready, and what it depends on. No key is needed, and no detail that helps an attacker."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Response

from attendance_contract.health import HealthAnswer

CHECK_SECONDS = 2.0
"""A dependency that has not answered by then counts as unavailable, so that health itself always answers."""


@dataclass(frozen=True)
class Check:
    """One dependency. `probe` raises or returns False when it is not usable; only required ones decide readiness."""

    probe: Callable[[], Awaitable[bool]]
    required: bool = True


class Health:
    def __init__(
        self,
        service: str,
        version: str,
        checks: Mapping[str, Check],
        models_loaded: Callable[[], bool] | None = None,
    ) -> None:
        self.service = service
        self.version = version
        self.checks = checks
        self.models_loaded = models_loaded
        self.started = time.monotonic()

    async def report(self) -> HealthAnswer:
        results = dict(zip(self.checks, await asyncio.gather(*map(_is_usable, self.checks.values())), strict=True))
        loaded = self.models_loaded() if self.models_loaded else None
        usable = all(results[name] for name, check in self.checks.items() if check.required)
        answer = self.alive()
        answer.status = "starting" if loaded is False else "ok" if usable else "unavailable"
        answer.checks = {name: "ok" if usable else "unavailable" for name, usable in results.items()}
        return answer

    def alive(self) -> HealthAnswer:
        """Who answers, whatever it depends on; no dependency is asked."""
        return HealthAnswer(
            status="ok",
            service=self.service,
            version=self.version,
            models_loaded=self.models_loaded() if self.models_loaded else None,
            uptime_seconds=round(time.monotonic() - self.started, 3),
        )


async def _is_usable(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.probe()
    except Exception:  # noqa: BLE001  # whatever a dependency fails with, the answer is that it is not usable
        return False


def health_routes(health: Health) -> APIRouter:
    """`/health` and `/health/ready` answer 503 unless ready; `/health/live` answers 200 while the process does."""
    router = APIRouter(tags=["health"])

    async def ready(response: Response) -> HealthAnswer:
        report = await health.report()
        response.status_code = 200 if report.status == "ok" else 503
        return report

    async def live() -> HealthAnswer:
        return health.alive()

    unready = {503: {"model": HealthAnswer, "description": "not ready"}}
    options = {"response_model_exclude_none": True, "responses": unready}
    router.add_api_route("/health", ready, operation_id="health", **options)  # type: ignore[arg-type]  # FastAPI types each option apart
    router.add_api_route("/health/ready", ready, operation_id="health_ready", **options)  # type: ignore[arg-type]  # as above
    router.add_api_route("/health/live", live, operation_id="health_live", response_model_exclude_none=True)
    return router
