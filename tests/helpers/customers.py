"""Tokens of customers for tests, as the back end of a shop makes them."""

import time
from typing import Any

import jwt

SHOP_SECRET = "a secret of the shop with more than 32 bytes"

LASTS_S = 86400
"""Longer than a run of all tests: some tokens are made as tests are collected."""


def make_payload(subject: str = "42", **given: Any) -> dict[str, Any]:
    """Return what a token says; a value of None leaves a claim out."""
    now_s = time.time()
    said = {"sub": subject, "iat": now_s, "exp": now_s + LASTS_S, **given}
    return {name: value for name, value in said.items() if value is not None}


def make_token(
    subject: str = "42", key: Any = SHOP_SECRET, algorithm: str = "HS256", headers: Any = None, **given: Any
) -> str:
    """Return a token of the key `ann`, unless `iss` is given."""
    payload = make_payload(subject, **{"iss": "ann", **given})
    return jwt.encode(payload, key, algorithm, headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
