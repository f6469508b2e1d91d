"""What an installation decides, and what can't be."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from attendance_backend.settings import BackendSettings
from attendance_kit.service import Tls

NEEDED = {"mongodb_uri": "mongodb://unused", "smart_attendance_home": ".", "ml_service_api_key": "unused"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A certificate, a key and a built web app, by the settings that name them."""
    certificate, key, web = tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "web"
    certificate.touch()
    key.touch()
    web.mkdir()
    (web / "index.html").touch()
    return {"tls_certificate": certificate, "tls_key": key, "web_root": web}


def made(**given: Any) -> BackendSettings:
    return BackendSettings(**NEEDED, **given)


def test_at_first_there_is_plain_http_for_loopback_and_no_web_app(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECURE_COOKIES", "TLS_CERTIFICATE", "TLS_KEY", "WEB_ROOT"):
        monkeypatch.delenv(name, raising=False)

    settings = made()

    assert (settings.secure_cookies, settings.tls, settings.web_root) == (False, None, None)


def test_with_a_certificate_cookies_are_secure_unless_told_otherwise(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = {name: files[name] for name in ("tls_certificate", "tls_key")}

    by_default, told_no = made(**pair), made(**pair, secure_cookies=False)
    for name, path in pair.items():
        monkeypatch.setenv(name.upper(), str(path))
    from_environment = made()
    behind_a_gateway = made(tls_certificate=None, tls_key=None, secure_cookies=True)

    assert by_default.tls == Tls(files["tls_certificate"], files["tls_key"])
    assert [s.secure_cookies for s in (by_default, told_no, from_environment)] == [True, False, True]
    assert (behind_a_gateway.secure_cookies, behind_a_gateway.tls) == (True, None)


@pytest.mark.parametrize("alone", ["tls_certificate", "tls_key"])
def test_a_certificate_and_its_key_go_together(files: dict[str, Path], alone: str) -> None:
    with pytest.raises(ValidationError, match="give both or neither"):
        made(**{alone: files[alone]})


def test_what_is_named_has_to_be_there(files: dict[str, Path], tmp_path: Path) -> None:
    assert made(web_root=files["web_root"]).web_root == files["web_root"]
    for given in ({"web_root": tmp_path}, {"web_root": tmp_path / "none"}, {"tls_certificate": tmp_path / "none"}):
        with pytest.raises(ValidationError, match=next(iter(given))):
            made(**given)
    with pytest.raises(ValidationError, match="build the web app first"):
        made(web_root=tmp_path)


def test_the_ml_service_is_at_one_address_or_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_SERVICE_URL", "http://ml-1:8001, https://ml-2")

    assert made().ml_service_url == ("http://ml-1:8001", "https://ml-2")


@pytest.mark.parametrize("address", ["", "ml-1:8001", "http://ml-1/below", "http://name:password@ml-1"])
def test_what_is_no_address_of_the_ml_service_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="ml_service_url"):
        made(ml_service_url=address)


@pytest.mark.parametrize("address", ["s3://school", "s3://school/photos/", "gs://school/photos", "az://school/a/b"])
def test_photos_lie_in_a_bucket_that_is_named(address: str) -> None:
    assert made(photo_store=address).photo_store == address


@pytest.mark.parametrize(
    "address", ["s3://", "school/photos", "https://store/school", "s3://key:secret@school", "s3://a?b"]
)
def test_what_names_no_bucket_or_carries_a_secret_is_none(address: str) -> None:
    with pytest.raises(ValidationError, match="photo_store"):
        made(photo_store=address)


@pytest.mark.parametrize(
    ("data", "keys"), [("kept", "kept"), ("kept", "kept/keys"), ("kept/data", "kept"), ("kept/../kept", "kept")]
)
def test_data_and_their_keys_are_not_backed_up_into_one_place(data: str, keys: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="lie apart"):
        made(backup_folder=tmp_path / data, backup_keys_folder=tmp_path / keys)


@pytest.mark.parametrize("name", ["backup_folder", "backup_keys_folder"])
def test_nothing_is_backed_up_among_the_photos(name: str) -> None:
    with pytest.raises(ValidationError, match="within the folder of photos"):
        made(**{name: Path("photos/kept")})


def test_backups_lie_where_they_are_told_to_and_build_on_each_other_only_where_there_are_any(tmp_path: Path) -> None:
    settings = made(backup_folder=tmp_path / "data", backup_keys_folder=tmp_path / "keys", backup_incremental=True)
    assert (settings.backup_folder, settings.backup_keys_folder) == (tmp_path / "data", tmp_path / "keys")
    with pytest.raises(ValidationError, match="BACKUP_INCREMENTAL needs BACKUP_FOLDER"):
        made(backup_incremental=True)
    assert (made().backup_folder, made().backup_keys_folder) == (None, None)
