"""Opens pages of the web app as a phone or a desktop would, and notes what no page of ours may do meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, CDPSession, ConsoleMessage, Page, ViewportSize

from attendance_cli.accounts import Account

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PLENTY = 1e9
"""Bytes a second."""
Scheme = Literal["light", "dark"]

_VIOLATION = "violates our policy"
_TELL_VIOLATIONS = f"""
addEventListener("securitypolicyviolation", ({{ effectiveDirective, blockedURI }}) =>
  console.error("{_VIOLATION}", effectiveDirective, blockedURI));
"""


class Visitor:
    """Whoever opens the pages of one address.

    `asked` are all addresses the pages asked; `foreign` those of them that are somebody else's; `violations` what the
    content security policy stopped; `broken` the errors that no page caught.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []
        self.violations: list[str] = []
        self.broken: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._networks: dict[Page, CDPSession] = {}

    @property
    def foreign(self) -> list[str]:
        own = (f"{self.address}/", "blob:", "data:")
        return [address for address in self.asked if not address.startswith(own)]

    def open(
        self, browser: Browser, account: Account | None = None, *, viewport: ViewportSize = PHONE, **options: Any
    ) -> Page:
        """A page in a fresh context, that is with no cookie but the account's; nothing is loaded yet."""
        context = browser.new_context(base_url=self.address, viewport=viewport, reduced_motion="reduce", **options)
        self._contexts.append(context)
        context.add_init_script(_TELL_VIOLATIONS)
        if account:
            sign_in_unseen(context, account)
        return self.another(context)

    def another(self, context: BrowserContext) -> Page:
        """One more page of the same context, as after a browser's restart."""
        page = context.new_page()
        if not page.evaluate("navigator.onLine"):
            # Chromium calls a machine offline that has no network but its own loopback; our pages' words follow it.
            self._emulate(page)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        # Asked for only when one is about to open, choosers are told of a moment too late for a key pressed at once.
        page.on("filechooser", lambda _chooser: None)
        return page

    def set_network(self, page: Page, *, there: bool) -> None:
        """Take the network away from a page's device, or give it back."""
        if page in self._networks:
            self._emulate(page, offline=not there)
        else:
            page.context.set_offline(not there)

    def bound_uploads(self, page: Page, bytes_a_second: float) -> None:
        """Let no more than so much leave a page's device. Chromium only."""
        self._emulate(page, uploads=bytes_a_second)

    def _emulate(self, page: Page, *, offline: bool = False, uploads: float = PLENTY) -> None:
        """By one session a page: of two, the one that spoke first may have its way."""
        if page not in self._networks:
            self._networks[page] = page.context.new_cdp_session(page)
            self._networks[page].send("Network.enable")
        # With no bound on the bytes a second, "not offline" would mean: whatever the machine is.
        bounds = {"latency": 0, "downloadThroughput": PLENTY, "uploadThroughput": uploads}
        self._networks[page].send("Network.emulateNetworkConditions", {"offline": offline, **bounds})

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        if _VIOLATION in message.text:
            self.violations.append(message.text)


@contextmanager
def watched(address: str) -> Iterator[Visitor]:
    """A visitor of whom, afterwards, no page asked anybody else, met the policy, or broke."""
    visitor = Visitor(address)
    yield visitor
    visitor.leave()
    assert (visitor.foreign, visitor.violations, visitor.broken) == ([], [], [])


def sign_in_unseen(context: BrowserContext, account: Account) -> None:
    """Give the context the cookie of this person, as the sign-in page would."""
    given = {"email": account.email, "password": account.password}
    answer = context.request.post("/api/v1/auth/browser", data=given, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.ok, answer.text()
