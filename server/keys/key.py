"""An API key: `sk-` and 256 random bits, of which the server knows the hash alone."""

import hashlib
import secrets
from typing import Annotated, Literal

from msgspec import Meta, Struct

PREFIX = "sk-"
NUM_SECRET_BYTES = 32
NAME = r"^[A-Za-z0-9_-]{1,64}$"
"""What TOML takes as a table's name without quotes, and logs and labels without harm."""

Role = Literal["user", "operator"]
Limit = Annotated[int, Meta(ge=1)]


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """`sha256` is of the key, in hexadecimal; a limit of None is the server's own, or none.

    An `operator` may read what concerns all owners too, as metrics do. Keys of one `owner` share its sessions.
    `profile` is for its turns where neither request nor session names one.
    """

    name: Annotated[str, Meta(pattern=NAME)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    owner: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Role = "user"
    requests_per_minute: Limit | None = None
    max_streams: Limit | None = None
    tokens_per_day: Limit | None = None
    profile: str | None = None


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(NUM_SECRET_BYTES)


def hash_of(secret: str) -> str:
    """SHA-256, and no slow hash: those make guesses at passwords dear, and 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
