"""Keeps the school's rules. It sends nothing."""

import datetime as dt
from dataclasses import dataclass

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.notices.policy import check_text
from attendance_backend.domains.notices.rules.policy import AUDIENCES, FIRST
from attendance_backend.domains.notices.rules.repository import RuleRepository
from attendance_backend.domains.notices.rules.schemas import NewRule, Rule
from attendance_backend.domains.notices.schemas import NoticeKind
from attendance_backend.ports.store import Transaction
from attendance_backend.versions import check_version
from attendance_kit.errors import InvalidRequest


@dataclass(frozen=True)
class RuleService:
    rules: RuleRepository
    audit: AuditService

    async def all(self, caller: Caller) -> list[Rule]:
        """Every rule that there is, on or off."""
        kept = {rule.kind: rule for rule in await self.rules.all(caller)}
        return [kept.get(kind, first) for kind, first in FIRST.items()]

    async def rule(self, caller: Caller, kind: NoticeKind, tx: Transaction | None = None) -> Rule:
        return await self.rules.by_kind(caller, kind, tx) or FIRST[kind]

    async def change(
        self, caller: Caller, kind: NoticeKind, new: NewRule, expected: int | None, tx: Transaction
    ) -> Rule:
        """The rule as it is kept from now on. It may be carried out today again: nobody is told twice by that.

        Raises:
            VersionConflict: it was changed since the caller looked.
            InvalidRequest: the text has a placeholder that this kind does not know, or nobody of these is told so.
        """
        check_text(kind, new.text)
        if strangers := sorted(set(new.to) - AUDIENCES[kind]):
            raise InvalidRequest("Notices of this kind do not go there.", field="to", reasons=strangers)
        before = await self.rule(caller, kind, tx)
        check_version(before.version, expected)
        told = {**new.model_dump(), "to": sorted(set(new.to))}
        after = Rule.model_validate({"id": kind, "version": before.version + 1, **told})
        await self.rules.replace(caller, after, before, tx)
        audited: dict[str, str | int | bool | None] = {
            "enabled": new.enabled,
            "to": ", ".join(after.to),
            "hour": new.hour,
        }
        await self.audit.note(caller, "notice rule changed", kind, audited, tx)
        return after

    async def ran(self, rule: Rule, on: dt.date) -> None:
        """Keep that the rule was carried out whole on a day."""
        await self.rules.ran(SYSTEM, rule, on.isoformat())
