"""Whatever an owner and a thief do: a stolen refresh token lives no longer than until its owner's next use."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from attendance_backend.domains.sign_ins.policy import GRACE, Use, digest, use_of
from attendance_backend.domains.sign_ins.schemas import Turn
from attendance_backend.ports.testing import START


def successor_of(token: str) -> str:
    return hashlib.sha256(f"next {token}".encode()).hexdigest()


@dataclass
class Holder:
    """Somebody who holds a token, and perhaps the request whose answer they have not seen."""

    token: str
    name: str
    asked: int = 0
    unanswered: tuple[str, str] | None = None
    spent: list[str] = field(default_factory=list)

    def next_request(self) -> tuple[str, str]:
        self.asked += 1
        return self.token, f"{self.name} {self.asked}"


class StolenToken(RuleBasedStateMachine):
    """An owner whose client retries with its key, and a thief who has copied the owner's token, not the requests."""

    @initialize()
    def sign_in(self) -> None:
        self.now = START
        self.owner, self.thief = Holder("first", "owner"), None
        self.turn: Turn | None = Turn(digest=digest("first"), at=self.now)
        self.used_by_owner_since_theft = False

    thief: Holder | None

    def _present(self, token: str, key: str) -> str | None:
        """What the service does with a token: the successor that it answers with, or the end of the sign-in."""
        if self.turn is None:
            return None
        use = use_of(self.turn, token, successor_of(token), key, self.now)
        if use is Use.REUSE:
            self.turn = None
            return None
        if use is Use.TURN:
            self.turn = Turn(digest=digest(successor_of(token)), at=self.now, retry_digest=digest(key))
        return successor_of(token)

    def _use(self, holder: Holder, *, answer_is_lost: bool) -> None:
        token, key = holder.unanswered or holder.next_request()
        holder.unanswered = (token, key)
        answer = self._present(token, key)
        if answer and not answer_is_lost:
            holder.spent.append(holder.token)
            holder.token, holder.unanswered = answer, None

    @rule(answer_is_lost=st.booleans())
    def owner_refreshes(self, answer_is_lost: bool) -> None:
        self._use(self.owner, answer_is_lost=answer_is_lost)
        if self.thief and self.thief.asked:
            self.used_by_owner_since_theft = True

    @rule()
    def thief_copies_the_token(self) -> None:
        if self.thief is None:
            self.thief = Holder(self.owner.token, "thief")

    @rule()
    def thief_refreshes(self) -> None:
        if self.thief:
            self._use(self.thief, answer_is_lost=False)

    @rule(seconds=st.integers(0, 2 * int(GRACE.total_seconds())))
    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(data=st.data())
    def an_old_token_comes_back(self, data: st.DataObject) -> None:
        if self.owner.spent:
            self._present(data.draw(st.sampled_from(self.owner.spent)), "somebody else's key")
            assert self.turn is None

    @invariant()
    def a_stolen_token_dies_with_its_owners_next_use(self) -> None:
        if self.used_by_owner_since_theft:
            assert self.turn is None


TestStolenToken = StolenToken.TestCase


def test_an_owner_alone_is_never_signed_out_by_losing_answers_for_less_than_the_grace() -> None:
    turn = Turn(digest=digest("first"), at=START)
    assert use_of(turn, "first", successor_of("first"), "key", START) is Use.TURN
    turned = Turn(digest=digest(successor_of("first")), at=START, retry_digest=digest("key"))

    within = use_of(turned, "first", successor_of("first"), "key", START + GRACE)
    beyond = use_of(turned, "first", successor_of("first"), "key", START + GRACE + timedelta(milliseconds=1))
    keyless = use_of(turned, "first", successor_of("first"), None, START)

    assert (within, beyond, keyless) == (Use.RETRY, Use.REUSE, Use.REUSE)
