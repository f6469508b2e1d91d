"""Rules in MongoDB: three documents at most, found by their kinds."""

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.notices.rules.schemas import NEVER_CHANGED, Rule
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.versions import VersionConflict

INDEXES: dict[str, list[IndexModel]] = {"notice_rules": []}
KEPT = {"notice_rules": Kept("the school's rules for notices", SCHOOL)}


class RuleRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._rules = database["notice_rules"]

    async def all(self, caller: Caller) -> list[Rule]:
        return [Rule.from_document(row) async for row in self._rules.find({}, comment=caller.label)]

    async def by_kind(self, caller: Caller, kind: str, tx: Transaction | None = None) -> Rule | None:
        found = await self._rules.find_one({"_id": kind}, session=tx, comment=caller.label)
        return Rule.from_document(found) if found else None

    async def replace(self, caller: Caller, rule: Rule, before: Rule, tx: Transaction) -> None:
        """Keep a changed rule.

        Raises:
            VersionConflict: it is not the one that was there before.
        """
        if before.version == NEVER_CHANGED:
            await self._rules.insert_one(rule.to_document(), session=tx, comment=caller.label)
            return
        same = {"_id": rule.id, "version": before.version}
        done = await self._rules.replace_one(same, rule.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise VersionConflict

    async def ran(self, caller: Caller, rule: Rule, on: str) -> None:
        """Keep that the rule was carried out, unless it was changed meanwhile."""
        same = {"_id": rule.id, "version": rule.version}
        await self._rules.update_one(same, {"$set": {"ran_on": on}}, comment=caller.label)
