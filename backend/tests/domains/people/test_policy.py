"""Who is a minor, and what names are sorted and found by."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.people.policy import MAJORITY, is_minor, name_key


@pytest.mark.parametrize(
    ("born", "on", "minor"),
    [
        (dt.date(2008, 11, 22), dt.date(2026, 11, 21), True),
        (dt.date(2008, 11, 22), dt.date(2026, 11, 22), False),
        (dt.date(2008, 2, 29), dt.date(2026, 2, 28), True),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1), False),
        (dt.date(2030, 1, 1), dt.date(2026, 11, 22), True),
    ],
)
def test_a_minor_grows_up_on_a_birthday(born: dt.date, on: dt.date, minor: bool) -> None:
    assert is_minor(born, on) is minor


@given(born=st.dates(max_value=dt.date(9000, 1, 1)), days=st.integers(0, 20_000))
def test_who_is_of_age_stays_so(born: dt.date, days: int) -> None:
    day = born + dt.timedelta(days=days)

    assert is_minor(born, day) or not is_minor(born, day + dt.timedelta(days=1))
    assert is_minor(born, day) == (days < (_birthday(born) - born).days)


def _birthday(born: dt.date) -> dt.date:
    try:
        return born.replace(year=born.year + MAJORITY)
    except ValueError:
        return dt.date(born.year + MAJORITY, 3, 1)


@given(name=st.text(max_size=50))
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    key = name_key(name)

    assert name_key(key) == key
    assert name_key(f"  {name} ") == key
    assert name_key(unicodedata.normalize("NFD", name)) == name_key(unicodedata.normalize("NFC", name))


def test_case_and_accents_do_not_count() -> None:
    assert name_key("  Émile   ZOLA ") == "emile zola" == name_key("emile zola")
    assert name_key("Weiß") == name_key("WEISS")
    assert sorted(["Zoe", "Émile", "emma", "Ada"], key=name_key) == ["Ada", "Émile", "emma", "Zoe"]
