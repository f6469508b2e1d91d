"""The secrets that tie a way to a provider to the way back."""

from datetime import timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from attendance_backend.adapters.tokens import JwtSigner
from attendance_backend.domains.openid.policy import LIFETIME, begun, is_over, trip_of
from attendance_backend.ports.testing import START, ManualClock

TOKENS = JwtSigner(b"k" * 32, ManualClock())


@given(st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_way_is_good_for_ten_minutes(later: timedelta) -> None:
    assert is_over(begun(START), START + later) is (int(later.total_seconds()) > LIFETIME.total_seconds())


@given(st.text() | st.text("0123456789.-²", max_size=5000))
@example("9" * 5000)
def test_what_a_browser_made_up_is_over(kept: str) -> None:
    since = kept.partition(".")[0]
    assume(since not in {str(int(START.timestamp()) - ago) for ago in range(601)})
    assert is_over(kept, START)


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"]))
def test_another_browser_or_another_provider_has_other_secrets(one: str, two: str, here: str, there: str) -> None:
    first, second = trip_of(one, here, TOKENS), trip_of(two, there, TOKENS)
    assert (first == second) is ((one, here) == (two, there))
    assert len({first.state, first.nonce, first.verifier}) == 3
    assert {len(value) for value in (first.state, first.nonce, first.verifier)} == {43}
