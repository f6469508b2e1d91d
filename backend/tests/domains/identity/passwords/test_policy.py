"""Good passwords pass whatever symbols they have, and what is guessed first does not."""

import pytest

from attendance_backend.domains.identity.passwords.errors import PasswordTellsWho, PasswordTooCommon
from attendance_backend.domains.identity.passwords.policy import check_password

ANN = ("ann.example@hillside.example", "Ann Example")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "a long enough password", "ünïcödé wörds", "zq8vLxw2Tn", "sixteen tons more"]
)
def test_a_good_password_needs_no_symbols(password: str) -> None:
    check_password(password, *ANN)

    assert len(password) >= 10


@pytest.mark.parametrize(
    "password",
    ["1234567890", "qwertyuiop", "Password2026!", "!!football!!", "aaaaaaaaaa", "abababababab"],
)
def test_what_is_guessed_first_is_refused_in_any_case_and_with_digits_around_it(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password(password, *ANN)


@pytest.mark.parametrize("password", ["my example 2026", "HILLSIDE forever", "ann.example rocks"])
def test_a_password_that_tells_whose_it_is_is_refused(password: str) -> None:
    with pytest.raises(PasswordTellsWho):
        check_password(password, *ANN)
