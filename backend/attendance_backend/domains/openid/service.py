"""Knows the providers and whose account an identity opens. It makes no account, and takes no role from anybody."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.openid.errors import (
    EmailNotVerified,
    IdentityTaken,
    NoAccount,
    ProviderAnswerInvalid,
    ProviderUnreachable,
    SignInNotBegun,
)
from attendance_backend.domains.openid.policy import begun, is_over, trip_of
from attendance_backend.domains.openid.repository import IdentityRepository
from attendance_backend.domains.openid.schemas import (
    Identities,
    IdentityView,
    LinkedIdentity,
    Providers,
    ProviderView,
    Return,
)
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.openid import OpenIdProvider, ProviderAnswerError, ProviderUnreachableError, Told
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class OpenIdService:
    known: Sequence[OpenIdProvider]
    identities: IdentityRepository
    identity: IdentityService
    audit: AuditService
    tokens: TokenSigner
    clock: Clock

    def providers(self) -> Providers:
        return Providers(items=[ProviderView(id=one.id, name=one.name) for one in self.known])

    async def depart(self, provider_id: str) -> tuple[str, str]:
        """What the browser has to keep, and where to send it.

        Raises:
            NotFound: there is no such provider.
            ProviderUnreachable, ProviderAnswerInvalid: it can't be asked where.
        """
        kept = begun(self.clock.now())
        provider = self._provider(provider_id)
        try:
            return kept, await provider.address(trip_of(kept, provider_id, self.tokens))
        except ProviderUnreachableError as error:
            raise ProviderUnreachable from error
        except ProviderAnswerError as error:
            raise ProviderAnswerInvalid from error

    async def come_back(self, provider_id: str, kept: str | None, given: Return) -> Told:
        """Who came back, by what the browser kept.

        Raises:
            NotFound: there is no such provider.
            SignInNotBegun: this browser did not begin it, or too long ago.
            ProviderUnreachable, ProviderAnswerInvalid: nobody can say who they are.
        """
        provider = self._provider(provider_id)
        if kept is None or is_over(kept, self.clock.now()):
            raise SignInNotBegun
        trip = trip_of(kept, provider_id, self.tokens)
        if not hmac.compare_digest(trip.state.encode(), given.state.get_secret_value().encode()):
            raise SignInNotBegun
        try:
            return await provider.told(given.code.get_secret_value(), trip)
        except ProviderUnreachableError as error:
            raise ProviderUnreachable from error
        except ProviderAnswerError as error:
            raise ProviderAnswerInvalid from error

    async def user_of(self, told: Told, tx: Transaction) -> User:
        """Whose account an identity opens. The first time it is the one of its verified address, from then on that one.

        Raises:
            EmailNotVerified: the first time, and the provider does not vouch for the address.
            NoAccount: nobody has this address.
            IdentityTaken: their account belongs to another identity: the provider gave the address to somebody else.
        """
        linked = await self.identities.by_subject(SYSTEM, told.issuer, told.subject, tx)
        if linked:
            return await self.identity.user(SYSTEM, linked.user_id, tx)
        if told.verified_email is None:
            raise EmailNotVerified
        user = await self.identity.user_with_email(SYSTEM, told.verified_email.strip().lower())
        if user is None:
            raise NoAccount
        theirs = [one for one in await self.identities.of_user(SYSTEM, user.id, tx) if one.issuer == told.issuer]
        if any(one.subject != told.subject for one in theirs):
            raise IdentityTaken
        # It may have been linked since we looked, by another sign-in of theirs.
        if not theirs:
            await self._link(user, told, tx)
        return user

    async def of_caller(self, caller: Caller) -> Identities:
        """The caller's own identities."""
        kept = await self.identities.of_user(caller, caller.id)
        return Identities(items=[self._view(one) for one in kept])

    async def unlink(self, caller: Caller, identity_id: str, tx: Transaction) -> None:
        """Let one of the caller's identities open their account no more.

        Raises:
            NotFound: the caller has none of this id.
        """
        if not await self.identities.remove(caller, caller.id, identity_id, tx):
            raise NotFound
        await self.audit.note(caller, "identity unlinked", caller.id, {"identity": identity_id}, tx)

    async def unlink_all(self, caller: Caller, user_id: str, tx: Transaction) -> None:
        """Let no identity open a user's account any more.

        Raises:
            NotFound: there is no such user.
        """
        user = await self.identity.user(caller, user_id, tx)
        unlinked = await self.identities.remove_all(caller, user.id, tx)
        await self.audit.note(caller, "identities unlinked", user.id, {"unlinked": unlinked}, tx)

    async def _link(self, user: User, told: Told, tx: Transaction) -> None:
        linked = LinkedIdentity(
            id=new_id(), user_id=user.id, issuer=told.issuer, subject=told.subject, created_at=self.clock.now()
        )
        await self.identities.add(SYSTEM, linked, tx)
        caller = Caller.without_reach(user.id, user.role)
        if not user.email_verified:
            await self.identity.set_email(caller, user, user.email, verified=True, tx=tx)
        await self.audit.note(caller, "identity linked", user.id, {"identity": linked.id, "issuer": told.issuer}, tx)

    def _provider(self, provider_id: str) -> OpenIdProvider:
        found = next((one for one in self.known if one.id == provider_id), None)
        if found is None:
            raise NotFound
        return found

    def _view(self, kept: LinkedIdentity) -> IdentityView:
        name = next((one.name for one in self.known if one.issuer == kept.issuer), None)
        return IdentityView(id=kept.id, issuer=kept.issuer, provider=name, created_at=kept.created_at)
