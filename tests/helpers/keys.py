"""Keys for tests, and their secrets."""

from typing import Any

from server.keys.key import Key, hash_secret


def make_secret(name: str) -> str:
    return f"sk-{name}-0123456789abcdef"


def make_key(name: str = "ann", **given: Any) -> Key:
    return Key(**{"name": name, "owner": name, "sha256": hash_secret(make_secret(name)), **given})
