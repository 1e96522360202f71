"""The first thing that a request meets: whose it is, and whether it may go on now."""

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.api.pages.routes import PAGE_FILES
from server.errors import KeyMissing, KeyWrong
from server.keys.account import ANONYMOUS, Account, Ledger
from server.keys.gate import Gate
from server.keys.key import Key
from server.keys.keyring import KeyRing

OPEN_PATHS = (*PAGE_FILES, "/health", "/health/live", "/health/ready", "/schema", "/pages/config")
"""For whoever watches over the server or wants to learn its API, and for the pages. A path that is not there is 404 to
everybody."""
OPEN_FOLDERS = ("/schema/", "/web/")

SCHEME = "bearer "


class Authentication(ASGIMiddleware):
    """Gives every request an `Account`, as its user. Raises `KeyMissing`, `KeyWrong`, and what `Gate` does.

    A key is read from `Authorization: Bearer` or `X-API-Key`, never from the URL, which ends up in logs.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, keys: KeyRing | None, gate: Gate, ledger: Ledger, anonymous: Account) -> None:
        """`anonymous` is for all requests where `keys` is None."""
        self._keys = keys
        self._gate = gate
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
            key = _find(self._keys, Headers.from_scope(scope))
            scope["user"] = Account.of(key, self._ledger)
            with self._gate.entered(key):
                await next_app(scope, receive, send)


def _find(keys: KeyRing, headers: Headers) -> Key:
    given = headers.get("authorization", "")
    is_bearer = given[: len(SCHEME)].lower() == SCHEME
    secret = given[len(SCHEME) :].strip() if is_bearer else headers.get("x-api-key", "").strip()
    if not secret:
        raise KeyMissing
    key = keys.find(secret)
    if key is None:
        raise KeyWrong
    return key
