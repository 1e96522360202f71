"""API keys: `sk-` and 256 random bits, of which the server keeps only the hash."""

import hashlib
import secrets
from typing import Annotated, Literal

from msgspec import Meta, Struct

from server.keys.customer import CUSTOMER_PREFIX
from server.keys.signing import check_secret, load_public_key

PREFIX = "sk-"
NUM_SECRET_BYTES = 32
NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
"""Names that TOML takes as table names without quotes, and that are safe in logs and labels of metrics."""

Role = Literal["user", "agent", "operator"]
Limit = Annotated[int, Meta(ge=1)]


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """A key by its hash, with its rights and limits. `sha256` is the hash of the secret in hexadecimal.

    Keys of the same `owner` share its sessions. An `agent` may also answer its customers at the desk, and an `operator`
    read what concerns all owners, such as metrics.
    `profile` is that of turns for which neither the request nor the session names one, and the only ones that may be
    named are `profiles`, where they are given. Its turns have the business tools `tools` of their profile, or all of
    them where it is None. A limit of None is the server's own for `max_streams`, and none for the others. Tokens of the
    shop's customers may be signed with `customer_secret`, and with the private half of `customer_public_key`, which is
    PEM.
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
    customer_secret: str | None = None
    customer_public_key: str | None = None
    tools: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError`."""
        if self.owner.startswith(CUSTOMER_PREFIX):
            raise ValueError(f"the owner must not begin with {CUSTOMER_PREFIX!r}, as the ids of customers do")
        if self.customer_secret is not None:
            check_secret(self.customer_secret)
        if self.customer_public_key is not None:
            load_public_key(self.customer_public_key)
        if self.profile is not None and self.profiles is not None and self.profile not in self.profiles:
            raise ValueError(f"the profile {self.profile!r} is not one of its profiles {', '.join(self.profiles)}")

    def __repr__(self) -> str:
        """Show no secret: a key may come into a log with what failed."""
        return f"Key(name={self.name!r}, owner={self.owner!r}, role={self.role!r})"

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
