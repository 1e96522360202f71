"""Customers: who they are by their tokens, which tokens are valid, and what is kept of them."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.customers.limiter import CustomerLimiter
from server.customers.signing_keys import KEYLESS, Issuer, SigningKeys
from server.customers.tokens import (
    Payload,
    check_anonymous,
    check_times,
    check_token,
    make_customer,
    read_payload,
    sign_token,
)
from server.errors import AnonymousRefused, CustomerTokenWrong
from server.keys.customer import Customer
from server.keys.key import Key
from server.settings.setting import NOTHING
from server.settings.settings import Settings
from server.store.service_records import CustomerPage, StoredCustomer
from server.store.store import Store

SEEN_EVERY_S = 60.0
"""How much later a customer has to be seen again for that to be stored."""

NUM_ANONYMOUS_BYTES = 16

MAX_VISIT_S = 86400.0
"""How long after an anonymous visitor's first token the last one ends that is the same visitor's."""


@dataclass(frozen=True)
class Visit:
    """A customer with a token whose signature and times are right, and the key it belongs to, if there are keys.

    `issued_s` is when the token was made, 0 where it does not say that.
    """

    customer: Customer
    key: Key | None
    issued_s: float


@dataclass(frozen=True)
class CustomerToken:
    """A token that the server made, and for how many seconds it is valid."""

    token: str
    expires_in_s: int
    customer: Customer


class Customers:
    """The customers of all shops. `clock` gives Unix seconds, `max_token_s` is how long a token may be valid."""

    def __init__(
        self,
        keys: SigningKeys,
        store: Store,
        limiter: CustomerLimiter,
        settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limiter = limiter
        self._keys = keys
        self._store = store
        self._token_s = settings.customer_token_s
        self.max_token_s = settings.max_customer_token_s
        self._anonymous_key = "" if settings.anonymous_customers == NOTHING else settings.anonymous_customers
        self._clock = clock

    @property
    def lets_anonymous_in(self) -> bool:
        """Whether visitors without a token get one of their own; on a server without keys everybody may."""
        return self._keys.has(self._anonymous_issuer)

    @property
    def _anonymous_issuer(self) -> str:
        return self._anonymous_key if self._keys.has_keys else KEYLESS

    async def authenticate(self, token: str) -> Visit:
        """Return whose token it is, by its signature and times; `admit` says whether it was revoked.

        Raises `CustomerTokenWrong` and `DatabaseUnreachable`.
        """
        issuer = await self._keys.find(read_payload(token).iss or KEYLESS)
        if issuer is None:
            raise CustomerTokenWrong("issuer")
        payload = check_token(token, issuer)
        check_times(payload, self._clock(), self.max_token_s)
        return Visit(make_customer(payload, issuer), issuer.key, payload.iat or 0.0)

    async def admit(self, visit: Visit) -> None:
        """Store that a customer was seen, about once a minute.

        Raises `CustomerTokenWrong` if the token was revoked, by whichever server, and `DatabaseUnreachable`.
        """
        stored, now_s = await self.check_revoked(visit), self._clock()
        seen = _to_stored(visit.customer, now_s)
        is_known = stored is not None and (stored.subject, stored.claims) == (seen.subject, seen.claims)
        if stored is not None and is_known and now_s - stored.seen_s < SEEN_EVERY_S:
            return
        if not await self._store.customers.put(seen, visit.issued_s):
            raise CustomerTokenWrong("revoked")

    async def check_revoked(self, visit: Visit) -> StoredCustomer | None:
        """Return what is kept of a customer, if anything is.

        Raises `CustomerTokenWrong` if the token was revoked, by whichever server, and `DatabaseUnreachable`.
        """
        stored = await self._store.customers.find(visit.customer.id)
        if stored is not None and stored.revoked_s is not None and stored.revoked_s >= visit.issued_s:
            raise CustomerTokenWrong("revoked")
        return stored

    async def create_token(
        self, key: Key | None, subject: str, claims: Mapping[str, Any], expires_in_s: int | None = None
    ) -> CustomerToken:
        """Make a token for a customer of the key's owner, who is stored. Raises `DatabaseUnreachable`."""
        payload = self._make_payload(subject, claims, expires_in_s)
        made = await self._sign(payload, key)
        now_s = payload.iat or 0.0
        await self._store.customers.put(_to_stored(made.customer, now_s), now_s)
        return made

    async def create_anonymous_token(self) -> CustomerToken:
        """Make a token for a visitor of whom nothing is known.

        Raises `AnonymousRefused`, `AnonymousRateExceeded` and `DatabaseUnreachable`.
        """
        issuer = await self._find_anonymous_issuer()
        self.limiter.count_anonymous()
        payload = self._make_payload(f"anonymous-{secrets.token_hex(NUM_ANONYMOUS_BYTES)}", {}, None)
        payload.anonymous = True
        return await self._sign(payload, issuer.key)

    async def renew_anonymous_token(self, token: str) -> CustomerToken:
        """Make another token for the anonymous visitor of one, whether it has expired or not.

        All tokens of a visitor end `MAX_VISIT_S` after the first was made. Raises `AnonymousRefused`,
        `CustomerTokenWrong`, what `CustomerLimiter.admit()` raises, and `DatabaseUnreachable`.
        """
        issuer = await self._find_anonymous_issuer()
        old, now_s = check_anonymous(token, issuer), self._clock()
        begun_s = old.auth_time or old.iat or 0.0
        if now_s >= begun_s + MAX_VISIT_S:
            raise CustomerTokenWrong("expired")
        visit = Visit(make_customer(old, issuer), issuer.key, old.iat or 0.0)
        with self.limiter.admit(visit.customer.id):
            await self.check_revoked(visit)
        payload = self._make_payload(old.sub, {}, None)
        payload.exp = min(payload.exp, begun_s + MAX_VISIT_S)
        payload.anonymous, payload.auth_time = True, begun_s
        return await self._sign(payload, issuer.key)

    async def _find_anonymous_issuer(self) -> Issuer:
        issuer = await self._keys.find(self._anonymous_issuer)
        if issuer is None:
            raise AnonymousRefused(self._anonymous_key)
        return issuer

    async def delete(self, shop: str, customer_id: str) -> None:
        """Delete a customer with everything of theirs; tokens from before are refused.

        Who it is is forgotten last: a deletion that was cut short can be asked for again. Raises `CustomerNotFound` and
        `DatabaseUnreachable`.
        """
        store = self._store
        await store.customers.revoke(shop, customer_id)
        await store.delete_all_sessions(customer_id)
        await store.responses.delete_all(customer_id)
        await store.extractions.delete_all(customer_id)
        await store.library.delete_owned(customer_id)
        await store.customers.delete_calls_and_answers(customer_id)
        await store.customers.forget(shop, customer_id)

    async def list_page(self, shop: str, limit: int, cursor: str | None, search: str | None) -> CustomerPage:
        """Return a page of a shop's customers, as `CustomerStore.list_page()` does."""
        return await self._store.customers.list_page(shop, limit, cursor, search)

    async def get(self, shop: str, customer_id: str) -> StoredCustomer:
        """Return a customer of a shop. Raises `CustomerNotFound` and `DatabaseUnreachable`."""
        return await self._store.customers.get(shop, customer_id)

    async def revoke(self, shop: str, customer_id: str) -> StoredCustomer:
        """Refuse all tokens of a customer from before now. Raises `CustomerNotFound` and `DatabaseUnreachable`."""
        return await self._store.customers.revoke(shop, customer_id)

    def _make_payload(self, subject: str, claims: Mapping[str, Any], expires_in_s: int | None) -> Payload:
        now_s = self._clock()
        lasts_s = min(self._token_s, self.max_token_s) if expires_in_s is None else expires_in_s
        return Payload(subject, now_s + lasts_s, now_s, claims=dict(claims) or None)

    async def _sign(self, payload: Payload, key: Key | None) -> CustomerToken:
        issuer = await self._keys.find_of(key)
        payload.iss = issuer.name
        lasts_s = round(payload.exp - (payload.iat or 0.0))
        return CustomerToken(sign_token(payload, issuer), lasts_s, make_customer(payload, issuer))


def _to_stored(customer: Customer, now_s: float) -> StoredCustomer:
    return StoredCustomer(
        customer.id, customer.shop, customer.subject, customer.is_anonymous, customer.claims, now_s, now_s
    )
