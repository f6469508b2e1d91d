"""JSON Web Tokens signed with HMAC-SHA256 and a secret of this installation."""

import base64
import hashlib
import hmac
from datetime import timedelta

import jwt
from jwt.types import Options

from attendance_backend.ports.clock import Clock
from attendance_backend.ports.tokens import Claims

ALGORITHM = "HS256"
AUDIENCE = "smart-attendance"
LIFETIME = timedelta(minutes=10)
MIN_SECRET_BYTES = 32
OPTIONS: Options = {"require": ["sub", "sid", "iat", "exp", "aud"], "verify_exp": False, "verify_iat": False}
"""The library would compare times with the system's clock; `read` does it with the clock it was given."""


class JwtSigner:
    """A `TokenSigner`.

    Raises:
        ValueError: the secret is shorter than the digest it keys.
    """

    lifetime_seconds = int(LIFETIME.total_seconds())

    def __init__(self, secret: bytes, clock: Clock) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"JWT_SECRET needs at least {MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self._deriving = hmac.digest(secret, b"derived secrets", hashlib.sha256)
        """A key of its own: what is signed or compared by the other can never be taken for a derived secret."""
        self._clock = clock

    def sign(self, claims: Claims) -> str:
        now = self._clock.now()
        told = {"sub": claims.user_id, "sid": claims.sign_in_id, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(told, self._secret, ALGORITHM)

    def read(self, token: str) -> Claims | None:
        try:
            told = jwt.decode(token, self._secret, [ALGORITHM], audience=AUDIENCE, options=OPTIONS)
        except jwt.InvalidTokenError:
            return None
        if not isinstance(told["exp"], int) or told["exp"] <= self._clock.now().timestamp():
            return None
        return Claims(user_id=str(told["sub"]), sign_in_id=str(told["sid"]))

    def fingerprint(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()

    def derive(self, purpose: str, of: str) -> str:
        derived = hmac.digest(self._deriving, f"{purpose}\n{of}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()
