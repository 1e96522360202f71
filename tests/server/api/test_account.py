"""Handlers find the account, the owner and the key of a request."""

from typing import Any

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from server.api.account import find_key, find_owner, require_operator
from server.api.authentication import Authentication
from server.api.error_response import AnyRequest, respond_with_error
from server.errors import ServerError
from server.keys.account import ANONYMOUS, Account
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from tests.helpers.keys import make_key, make_secret


@get("/who")
async def who(request: AnyRequest) -> dict[str, Any]:
    found = find_key(request)
    return {"owner": find_owner(request), "key": found and found.name}


@get("/health")
async def health(request: AnyRequest) -> dict[str, Any]:
    require_operator(request)
    return {}


@get("/metrics")
async def metrics(request: AnyRequest) -> dict[str, Any]:
    require_operator(request)
    return {}


def client_of(*keys: Key, anonymous: Account = ANONYMOUS) -> TestClient[Any]:
    nothing: Any = None
    layer = Authentication(KeyRing(keys) if keys else None, KeyLimiter(9), nothing, anonymous, nothing)
    handlers: dict[Any, Any] = {ServerError: respond_with_error}
    app = Litestar(
        [who, health, metrics],
        middleware=[layer],
        exception_handlers=handlers,
        logging_config=None,
        openapi_config=None,
    )
    return TestClient(app)


def test_a_key_has_its_owner() -> None:
    with client_of(make_key(owner="shop")) as client:
        assert client.get("/who", headers={"X-API-Key": make_secret("ann")}).json() == {"owner": "shop", "key": "ann"}


def test_without_keys_there_is_one_owner() -> None:
    with client_of() as client:
        assert client.get("/who").json() == {"owner": "", "key": None}


@pytest.mark.parametrize(("role", "status"), [("user", 403), ("operator", 200)])
def test_an_operators_key_is_needed(role: str, status: int) -> None:
    with client_of(make_key(role=role)) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"X-API-Key": make_secret("ann")}).status_code == status


@pytest.mark.parametrize(("is_operator", "status"), [(True, 200), (False, 403)])
def test_without_keys_only_a_local_server_has_operators(is_operator: bool, status: int) -> None:
    with client_of(anonymous=Account(is_operator=is_operator)) as client:
        assert client.get("/metrics").status_code == status


def test_an_open_path_makes_nobody_an_operator() -> None:
    with client_of(make_key(role="operator")) as client:
        assert client.get("/health").status_code == 403
