"""Posts webhooks over HTTP to the address that was checked, whatever a name means a moment later."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from attendance_backend.adapters.authorities import trusted
from attendance_backend.addresses import Address, as_address, may_be_called
from attendance_backend.ports.webhooks import NotDeliveredError

SECONDS = 10.0
"""For all of one try: finding the address, connecting, sending, and the first line of the answer."""


@dataclass(frozen=True)
class HttpWebhooks:
    """A `WebhookClient`. It uses no proxy of the environment."""

    private: bool
    seconds: float = SECONDS
    tls: ssl.SSLContext = field(default_factory=trusted, repr=False)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._post(httpx2.URL(url), headers, body)
        except TimeoutError as error:
            raise NotDeliveredError("timeout") from error
        except httpx2.TransportError as error:
            tls = isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLError)
            raise NotDeliveredError("tls_failed" if tls else "connection_failed") from error

    async def _post(self, url: httpx2.URL, headers: Mapping[str, str], body: bytes) -> int:
        address = await self._checked(url.host, url.port or (443 if url.scheme == "https" else 80))
        # The certificate has to be that of the name, though the connection goes to the address.
        told = {**headers, "Host": url.netloc.decode()}
        pinned, named = url.copy_with(host=str(address)), {"sni_hostname": url.host}
        async with (
            httpx2.AsyncClient(verify=self.tls, trust_env=False, follow_redirects=False, timeout=self.seconds) as http,
            http.stream("POST", pinned, headers=told, content=body, extensions=named) as answer,
        ):
            return answer.status_code

    async def _checked(self, host: str, port: int) -> Address:
        """An address of the host, of which every one may be called.

        Raises:
            NotDeliveredError: there is none, or one that may not be.
        """
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotDeliveredError("host_unknown") from error
        addresses = [known for one in found if (known := as_address(str(one[4][0])))]
        if not addresses or not all(may_be_called(one, private=self.private) for one in addresses):
            raise NotDeliveredError("address_refused")
        return addresses[0]
