"""Settings of the backend, read from the environment once at start."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, DirectoryPath, Field, FilePath, SecretStr, model_validator
from pydantic_settings import NoDecode

from attendance_backend.institution import TimeZone
from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, check_order
from attendance_kit.service import Tls
from attendance_kit.settings import ServiceSettings

START_PAGE = "index.html"
MIN_SECRET = 32
"""A key as long as the digest it signs with."""


def _with_a_page(folder: Path) -> Path:
    if not (folder / START_PAGE).is_file():
        raise ValueError(f"holds no {START_PAGE}: build the web app first")
    return folder


def _listed(given: object) -> object:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


Address = Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+$")]
"""Nobody's name and password are in it: it is a label of a metric, and in the log."""
Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$")]


class BackendSettings(ServiceSettings):
    """What an installation decides; each field is the environment variable of the same name."""

    port: int = Field(8000, ge=0, le=65_535)
    mongodb_uri: SecretStr
    mongodb_database: str = Field("smart_attendance", pattern=r"^[A-Za-z0-9_-]{1,50}$")
    smart_attendance_home: Path
    ml_service_url: Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_listed), Field(min_length=1)] = Field(
        ("http://127.0.0.1:8001",), description="one address of the ML service, or several separated by commas"
    )
    ml_service_api_key: SecretStr = Field(min_length=1)
    ml_service_timeout: float = Field(30.0, gt=0)
    ml_service_try_timeout: float = Field(10.0, gt=0)
    ml_service_rest: float = Field(
        60.0, gt=0, description="seconds for which an address is left alone after five failures in a row"
    )
    background_work: bool = Field(
        default=True,
        description=(
            "whether the process that serves the API also works off the queues and does the jobs; "
            "no where `attendance_backend work` does, in any number of processes"
        ),
    )
    ml_confident_threshold: float = Field(DEFAULT_CONFIDENT, ge=0, le=1)
    ml_uncertain_threshold: float = Field(DEFAULT_UNCERTAIN, ge=0, le=1)
    photo_store: Annotated[str, Field(pattern=r"^(s3|gs|az)://[^/?#@\s]+(/[^/?#@\s]+)*/?$")] | None = Field(
        None,
        description=(
            "the bucket that photos are kept in, as `s3://bucket/folder`, `gs://…` or `az://container/folder`; "
            "without one, `photos` of the data folder. Credentials, region and address are read from the variables of "
            "the store's own maker, such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL"
        ),
    )
    photo_store_timeout: float = Field(
        15.0, gt=0, description="seconds that one request to the object store may take; a photo has 20 MB at most"
    )
    photo_store_plain_http: bool = Field(
        default=False,
        description="whether the object store may be asked over plain http: on this machine, or a network of its own",
    )
    key_provider: Literal["local", "aws", "azure", "gcp", "kmip"] = Field(
        "local", description="whose key wraps the data keys: a file of the data folder, or a key service"
    )
    key_provider_file: FilePath | None = Field(
        None, description="for a key service: JSON with its credentials and master_key, as MongoDB's driver names them"
    )
    jwt_secret: Annotated[SecretStr, Field(min_length=MIN_SECRET)] | None = None
    time_zone: TimeZone = "UTC"
    web_root: Annotated[DirectoryPath, AfterValidator(_with_a_page)] | None = Field(
        None, description="the folder of the built web app; without it, only the API is served"
    )
    tls_certificate: FilePath | None = Field(None, description="serve over TLS with this chain, in PEM")
    tls_key: FilePath | None = Field(None, description="its private key, in PEM")
    secure_cookies: bool = Field(
        default=False,
        description=(
            "whether browsers reach the backend over TLS, which a gateway before it may end: yes makes the cookie "
            "`__Host-attendance`, Secure; no makes it `attendance`, for plain HTTP on loopback. "
            "Where TLS_CERTIFICATE is given it is yes unless told otherwise, else no"
        ),
    )

    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)] = Field(
        (),
        description=(
            "other sites whose pages may call the API with a bearer token, separated by commas, each as "
            "`https://host[:port]`; none unless told, and never with cookies"
        ),
    )

    public_url: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)?$")] = Field(
        "", description="where people reach the web app, as `https://host[:port]`; it begins the links in mails"
    )
    webhooks_to_private_addresses: bool = Field(
        default=False,
        description=(
            "whether webhooks may go to this machine (there also over plain http) and to addresses of private "
            "networks; those of the link are refused always"
        ),
    )
    smtp_host: str | None = Field(
        None, description="the server that takes mail; without one, administrators hand links over themselves"
    )
    smtp_port: int = Field(587, ge=1, le=65_535)
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_ca: FilePath | None = Field(None, description="who vouches for the mail server, in PEM, if not everybody does")
    mail_from: str | None = Field(None, description="the address that mail comes from")

    openid_providers: FilePath | None = Field(
        None, description="JSON: the providers of OpenID Connect by which people may sign in; it holds their secrets"
    )

    backup_folder: Path | None = Field(
        None, description="where data and photos are backed up every day; seven backups are kept. None unless told"
    )
    backup_keys_folder: Path | None = Field(
        None,
        description=(
            "where the keys are backed up every hour, two backups at most; neither within BACKUP_FOLDER nor around it"
        ),
    )
    backup_incremental: bool = Field(
        default=False,
        description="whether backups in BACKUP_FOLDER leave out the photos that the last has; once a week one is whole",
    )

    @model_validator(mode="after")
    def _way_back(self) -> "BackendSettings":
        if self.openid_providers and not self.public_url:
            raise ValueError("OPENID_PROVIDERS needs PUBLIC_URL: providers send people back there")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "BackendSettings":
        if self.smtp_host and not (self.mail_from and self.public_url):
            raise ValueError("SMTP_HOST needs MAIL_FROM and PUBLIC_URL: mails have a sender, and links in them")
        return self

    @model_validator(mode="before")
    @classmethod
    def _secure_over_tls(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {"secure_cookies": given.get("tls_certificate") is not None, **given}

    @model_validator(mode="after")
    def _ordered(self) -> "BackendSettings":
        check_order(self.ml_confident_threshold, self.ml_uncertain_threshold)
        return self

    @model_validator(mode="after")
    def _certificate_with_key(self) -> "BackendSettings":
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_KEY go together: give both or neither")
        return self

    @model_validator(mode="after")
    def _key_service_described(self) -> "BackendSettings":
        if (self.key_provider == "local") is not (self.key_provider_file is None):
            raise ValueError("KEY_PROVIDER_FILE describes a key service: give it with KEY_PROVIDER, and not for local")
        return self

    @model_validator(mode="after")
    def _backups_lie_apart(self) -> "BackendSettings":
        data, keys, photos = [
            folder and folder.resolve() for folder in (self.backup_folder, self.backup_keys_folder, self.photo_folder)
        ]
        if data and keys and (data.is_relative_to(keys) or keys.is_relative_to(data)):
            raise ValueError("BACKUP_FOLDER and BACKUP_KEYS_FOLDER lie apart: who has both can read everything")
        if photos and any(folder and folder.is_relative_to(photos) for folder in (data, keys)):
            raise ValueError("BACKUP_FOLDER and BACKUP_KEYS_FOLDER can't lie within the folder of photos")
        if self.backup_incremental and not data:
            raise ValueError("BACKUP_INCREMENTAL needs BACKUP_FOLDER")
        return self

    @property
    def tls(self) -> Tls | None:
        """What to serve TLS with. None: plain HTTP."""
        return Tls(self.tls_certificate, self.tls_key) if self.tls_certificate and self.tls_key else None

    @property
    def key_folder(self) -> Path:
        return self.smart_attendance_home / "keys"

    @property
    def photo_folder(self) -> Path:
        return self.smart_attendance_home / "photos"

    @property
    def vault_database(self) -> str:
        """The database of wrapped data keys: backups of the data never contain it."""
        return f"{self.mongodb_database}_vault"
