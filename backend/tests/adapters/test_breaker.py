"""The circuit breaker against a model of it, whatever comes in whatever order."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from attendance_backend.adapters.breaker import FAILURES, Breaker, BreakerState, Pass

REST_SECONDS = 60.0


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class BreakerMachine(RuleBasedStateMachine):
    """The model keeps what happened: failures in a row, when it opened, which call is the probe."""

    calls = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(self.clock, REST_SECONDS)
        self.in_a_row = 0
        self.opened_at: float | None = None
        self.probe: Pass | None = None
        self.counting: list[Pass] = []
        """Calls that began since it last opened or closed: only what comes of these counts."""

    @rule(target=calls)
    def ask_to_pass(self) -> object:
        given = self.breaker.enter()
        assert (given is not None) is self._may_pass()
        if given is None:
            return multiple()
        assert given.is_probe is (self.opened_at is not None)
        self.probe = given if given.is_probe else self.probe
        self.counting.append(given)
        return given

    @rule(given=consumes(calls))
    def it_fails(self, given: Pass) -> None:
        self.breaker.failed(given)
        if self._counts(given):
            self.in_a_row += 1
            if given is self.probe or self.in_a_row == FAILURES:
                self._turn(self.clock.now)

    @rule(given=consumes(calls))
    def it_succeeds(self, given: Pass) -> None:
        self.breaker.succeeded(given)
        if self._counts(given):
            self.in_a_row = 0
            if given is self.probe:
                self._turn(None)

    @rule(given=consumes(calls))
    def its_caller_gives_up(self, given: Pass) -> None:
        self.breaker.abandoned(given)
        if self._counts(given) and given is self.probe:
            self.probe = None

    @rule(seconds=st.sampled_from([0.5, 10.0, 59.9, 60.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def its_state_is_that_of_the_model(self) -> None:
        assert self.breaker.state is self._state()
        assert self.breaker.admits() is self._may_pass()
        assert self.breaker.rests() == self._rests()

    def _counts(self, given: Pass) -> bool:
        known = any(given is call for call in self.counting)
        self.counting = [call for call in self.counting if call is not given]
        return known

    def _turn(self, opened_at: float | None) -> None:
        self.opened_at, self.in_a_row, self.probe = opened_at, 0, None
        self.counting.clear()

    def _rests(self) -> float:
        return 0.0 if self.opened_at is None else max(0.0, self.opened_at + REST_SECONDS - self.clock.now)

    def _state(self) -> BreakerState:
        if self.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._rests() else BreakerState.HALF_OPEN

    def _may_pass(self) -> bool:
        return self.opened_at is None or (not self._rests() and self.probe is None)


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)


def _opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock, REST_SECONDS)
    for _ in range(FAILURES):
        given = breaker.enter()
        assert given is not None
        breaker.failed(given)
    return breaker


def test_it_opens_after_five_failures_in_a_row_and_rests_for_a_minute() -> None:
    clock = Clock()
    breaker = _opened(clock)

    assert (breaker.state, breaker.rests(), breaker.enter()) == (BreakerState.OPEN, 60.0, None)
    clock.now += 59
    assert (breaker.state, breaker.rests(), breaker.enter()) == (BreakerState.OPEN, 1.0, None)


def test_one_probe_at_a_time_shows_whether_it_is_back() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += REST_SECONDS

    probe = breaker.enter()
    assert probe is not None
    assert probe.is_probe
    assert (breaker.state, breaker.enter()) == (BreakerState.HALF_OPEN, None)

    breaker.succeeded(probe)
    assert breaker.state is BreakerState.CLOSED


def test_a_failed_probe_begins_another_minute() -> None:
    clock = Clock()
    breaker = _opened(clock)
    clock.now += REST_SECONDS
    probe = breaker.enter()
    assert probe is not None

    breaker.failed(probe)

    assert (breaker.state, breaker.rests()) == (BreakerState.OPEN, REST_SECONDS)


def test_a_call_from_before_it_opened_closes_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock, REST_SECONDS)
    slow = breaker.enter()
    assert slow is not None
    for _ in range(FAILURES):
        given = breaker.enter()
        assert given is not None
        breaker.failed(given)

    breaker.succeeded(slow)

    assert breaker.state is BreakerState.OPEN
