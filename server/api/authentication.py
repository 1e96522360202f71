"""Authentication of requests by API keys and by customers' tokens, before any handler runs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.api.customer_rights import require_right
from server.api.pages.routes import PAGE_FILES
from server.api.pages.widget import WIDGET_PATHS
from server.api.stream_guard import set_access
from server.customers.access import CustomerAccess
from server.customers.customers import Customers, Visit
from server.customers.tokens import looks_like_token
from server.errors import KeyMissing, KeyWrong
from server.keys.access import KeyAccess
from server.keys.account import ANONYMOUS, Account, Ledger
from server.keys.key import PREFIX, Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter

OPEN_PATHS = (
    *PAGE_FILES,
    *WIDGET_PATHS,
    *("/health", "/health/live", "/health/ready", "/schema", "/pages/config", "/customers/anonymous"),
)
"""The paths that need no key: the pages, the health checks, the OpenAPI document, and tokens of anonymous visitors."""

OPEN_FOLDERS = ("/schema/", "/web/")
"""What is below these needs no key either."""

SCHEME = "bearer "

READING = ("GET", "HEAD")
"""Requests for what is stored, also for what happens as it happens: they wait for no answer of the model."""


class Authentication(ASGIMiddleware):
    """The middleware that sets an `Account` as the user of every request.

    A key is read from `Authorization: Bearer` or `X-API-Key`, a customer's token from the first, neither from the URL,
    which ends up in logs. Raises `KeyMissing`, `KeyWrong`, `CustomerTokenWrong`, `CustomerForbidden`, and what
    `KeyLimiter` and `CustomerLimiter` raise for those at their limits. Streams of customers, and those that pages keep
    open with keys, end with what let them begin.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(
        self, keys: KeyRing | None, limiter: KeyLimiter, ledger: Ledger, anonymous: Account, customers: Customers
    ) -> None:
        """`anonymous` is the account of all requests without a token where `keys` is None."""
        self._keys = keys
        self._limiter = limiter
        self._ledger = ledger
        self._anonymous = anonymous
        self._customers = customers

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        if scope["path"] in OPEN_PATHS or scope["path"].startswith(OPEN_FOLDERS):
            scope["user"] = ANONYMOUS if self._keys is not None else self._anonymous
            await next_app(scope, receive, send)
        elif (token := find_token(headers)) is not None:
            visit = await self._customers.authenticate(token)
            method: str = scope["method"]  # type: ignore[typeddict-item]
            require_right(method, scope.get("path_template", ""))
            scope["user"] = Account.from_customer(visit.customer, visit.key, self._ledger, self._limiter)
            set_access(scope, CustomerAccess(self._customers, token))
            with self._admit(visit, method, scope["path"]):
                await self._customers.admit(visit)
                await next_app(scope, receive, send)
        elif self._keys is None:
            scope["user"] = self._anonymous
            await next_app(scope, receive, send)
        else:
            access = _find_key(self._keys, headers)
            key = access.key
            scope["user"] = Account.from_key(key, self._ledger, self._limiter)
            if is_followed(scope["path"]):
                set_access(scope, access)
            with self._admit_key(key, scope["path"]):
                await next_app(scope, receive, send)

    @contextmanager
    def _admit(self, visit: Visit, method: str, path: str) -> Iterator[None]:
        """Count a customer's request against the customer's limits, then against those of the key for all of them."""
        limiter, customer_id, key = self._customers.limiter, visit.customer.id, visit.key
        with ExitStack() as held:
            if is_followed(path):
                limiter.count_request(customer_id)
            elif method in READING:
                held.enter_context(limiter.admit_reading(customer_id))
            else:
                most = None if key is None else self._limiter.get_max_streams(key)
                held.enter_context(limiter.admit(customer_id, most))
            if key is not None and method in READING:
                self._limiter.count_request(key)
            elif key is not None:
                held.enter_context(self._limiter.admit(key))
            yield

    def _admit_key(self, key: Key, path: str) -> AbstractContextManager[None]:
        """Count a request against the key's limits.

        Streams that pages keep open have a limit of their own: they would leave the key's customers no answers.
        """
        if not is_followed(path):
            return self._limiter.admit(key)
        self._limiter.count_request(key)
        return nullcontext()


def _find_bearer(headers: Headers) -> str | None:
    given = headers.get("authorization", "")
    return given[len(SCHEME) :].strip() if given[: len(SCHEME)].lower() == SCHEME else None


def find_token(headers: Headers) -> str | None:
    """Return a customer's token, None where there is none; a key may have points in it, too."""
    bearer = _find_bearer(headers) or ""
    return bearer if looks_like_token(bearer) and not bearer.startswith(PREFIX) else None


def is_followed(path: str) -> bool:
    """Whether pages follow what happens in sessions there."""
    return path == "/desk/events" or (path.startswith("/sessions/") and path.endswith("/events"))


def _find_key(keys: KeyRing, headers: Headers) -> KeyAccess:
    bearer = _find_bearer(headers)
    secret = headers.get("x-api-key", "").strip() if bearer is None else bearer
    if not secret:
        raise KeyMissing
    key = keys.find(secret)
    if key is None:
        raise KeyWrong
    return KeyAccess(keys, secret, key)
