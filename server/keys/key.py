"""API keys: `sk-` and 256 random bits, of which the server keeps only the hash."""

import hashlib
import secrets
from typing import Annotated, Literal

from msgspec import Meta, Struct

PREFIX = "sk-"
NUM_SECRET_BYTES = 32
NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""Names that TOML takes as table names without quotes, and that are safe in logs and labels of metrics."""

Role = Literal["user", "operator"]
Limit = Annotated[int, Meta(ge=1)]


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """A key by its hash, with its rights and limits. `sha256` is the hash of the secret in hexadecimal.

    Keys of the same `owner` share its sessions. An `operator` may also read what concerns all owners, such as metrics.
    `profile` is that of turns for which neither the request nor the session names one, and the only ones that may be
    named are `profiles`, where they are given. A limit of None is the server's own for `max_streams`, and none for the
    others.
    """

    name: Annotated[str, Meta(pattern=NAME_PATTERN)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    owner: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Role = "user"
    requests_per_minute: Limit | None = None
    max_streams: Limit | None = None
    tokens_per_minute: Limit | None = None
    tokens_per_day: Limit | None = None
    profile: str | None = None
    profiles: Annotated[tuple[str, ...], Meta(min_length=1)] | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError`."""
        if self.profile is not None and self.profiles is not None and self.profile not in self.profiles:
            raise ValueError(f"the profile {self.profile!r} is not one of its profiles {', '.join(self.profiles)}")

    @property
    def default_profile(self) -> str | None:
        """The profile of turns for which nothing else names one; None leaves it to the server."""
        return self.profiles[0] if self.profile is None and self.profiles else self.profile


def create_secret() -> str:
    """Return a new random key."""
    return PREFIX + secrets.token_urlsafe(NUM_SECRET_BYTES)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 in hexadecimal. Slow hashes protect passwords from guessing; 256 random bits need none."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
