"""The rules of people, as pure functions: who is a minor on a day, and what a name is sorted and found by."""

import datetime as dt
import unicodedata

MAJORITY = 18
"""Years: the age from which nearly every law lets people consent for themselves."""


def is_minor(date_of_birth: dt.date, on: dt.date) -> bool:
    """Whether somebody has not reached their majority yet. Who was born on 29 February reaches it on 1 March."""
    return (on.year - MAJORITY, on.month, on.day) < (date_of_birth.year, date_of_birth.month, date_of_birth.day)


def name_key(name: str) -> str:
    """A name without case and accents, so that "Émile" is found by "emi" and stands between "Emil" and "Emma"."""
    plain = [letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter)]
    return " ".join("".join(plain).casefold().split())
