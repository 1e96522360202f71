"""Authentication of requests by API keys, before any handler runs."""

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.api.pages.routes import PAGE_FILES
from server.errors import KeyMissing, KeyWrong
from server.keys.account import ANONYMOUS, Account, Ledger
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter

OPEN_PATHS = (*PAGE_FILES, "/health", "/health/live", "/health/ready", "/schema", "/pages/config")
"""The paths that need no key: the pages, the health checks and the OpenAPI document."""

OPEN_FOLDERS = ("/schema/", "/web/")
"""What is below these needs no key either."""

SCHEME = "bearer "


class Authentication(ASGIMiddleware):
    """The middleware that sets an `Account` as the user of every request.

    A key is read from `Authorization: Bearer` or `X-API-Key`, never from the URL, which ends up in logs. Raises
    `KeyMissing`, `KeyWrong`, and what `KeyLimiter` raises for a key at its limits.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, keys: KeyRing | None, limiter: KeyLimiter, ledger: Ledger, anonymous: Account) -> None:
        """`anonymous` is the account of all requests where `keys` is None."""
        self._keys = keys
        self._limiter = limiter
        self._ledger = ledger
        self._anonymous = anonymous

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if self._keys is None:
            scope["user"] = self._anonymous
            await next_app(scope, receive, send)
        elif scope["path"] in OPEN_PATHS or scope["path"].startswith(OPEN_FOLDERS):
            scope["user"] = ANONYMOUS
            await next_app(scope, receive, send)
        else:
            key = _find_key(self._keys, Headers.from_scope(scope))
            scope["user"] = Account.from_key(key, self._ledger, self._limiter)
            with self._limiter.admit(key):
                await next_app(scope, receive, send)


def _find_key(keys: KeyRing, headers: Headers) -> Key:
    given = headers.get("authorization", "")
    is_bearer = given[: len(SCHEME)].lower() == SCHEME
    secret = given[len(SCHEME) :].strip() if is_bearer else headers.get("x-api-key", "").strip()
    if not secret:
        raise KeyMissing
    key = keys.find(secret)
    if key is None:
        raise KeyWrong
    return key
