"""Whom this program trusts when it calls somebody over TLS: one context for every client it has."""

import ssl
from functools import cache

import httpx2


@cache
def trusted() -> ssl.SSLContext:
    """Mozilla's authorities, or those of `SSL_CERT_FILE`. Made once: reading every certificate is 20 ms of CPU."""
    return httpx2.create_ssl_context()
