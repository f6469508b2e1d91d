"""Passwords."""

from attendance_backend.adapters.passwords import Argon2Passwords


async def test_only_the_right_password_fits_and_hashes_are_salted() -> None:
    passwords = Argon2Passwords()
    first, second = await passwords.hash("correct horse"), await passwords.hash("correct horse")

    assert first != second
    assert first.startswith("$argon2id$")
    assert await passwords.verify("correct horse", first)
    assert not await passwords.verify("Correct horse", first)


async def test_nobody_has_a_password_and_checking_theirs_does_the_same_work(monkeypatch) -> None:
    passwords = Argon2Passwords()
    checked: list[str] = []
    real = passwords._hasher.verify

    def counted(password: str, hashed: str) -> bool:
        checked.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(passwords._hasher, "verify", counted)

    assert not await passwords.verify("correct horse", None)
    assert checked[0].split("$")[:4] == (await passwords.hash("another")).split("$")[:4]
