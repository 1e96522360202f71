"""What the tokens of each key are signed with, and checked by."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.signing import Algorithm, PublicKey, get_algorithm, load_public_key
from server.store.customer_store import CustomerStore

SECRET_NAME = "customer_tokens"

KEYLESS = ""
"""The issuer on a server without keys."""


@dataclass(frozen=True)
class Issuer:
    """Who makes tokens: `key` is None on a server without keys. `secret` signs the tokens that the server makes.

    Each algorithm has one key to check by, so a token that names an algorithm cannot choose what its key is used for.
    """

    key: Key | None
    secret: bytes
    public: PublicKey | None = None

    @property
    def name(self) -> str:
        return KEYLESS if self.key is None else self.key.name

    @property
    def shop(self) -> str:
        return "" if self.key is None else self.key.owner

    @property
    def checking_keys(self) -> Mapping[Algorithm, bytes | PublicKey]:
        by_secret: dict[Algorithm, bytes | PublicKey] = {"HS256": self.secret}
        return by_secret if self.public is None else {**by_secret, get_algorithm(self.public): self.public}


class SigningKeys:
    """The issuers of tokens: every valid key, or the server itself where `keys` is None."""

    def __init__(self, keys: KeyRing | None, store: CustomerStore) -> None:
        self._keys = keys
        self._store = store
        self._server_secret: bytes | None = None

    @property
    def has_keys(self) -> bool:
        return self._keys is not None

    def has(self, name: str) -> bool:
        """Whether there is an issuer of that name now."""
        return name == KEYLESS if self._keys is None else self._keys.find_named(name) is not None

    async def find(self, name: str) -> Issuer | None:
        """Return the issuer of a name, None if there is no such key now. Raises `DatabaseUnreachable`."""
        if not self.has(name):
            return None
        return await self.find_of(None if self._keys is None else self._keys.find_named(name))

    async def find_of(self, key: Key | None) -> Issuer:
        """Return the issuer that a key is. Raises `DatabaseUnreachable`."""
        if key is not None and key.customer_secret is not None:
            secret = key.customer_secret.encode("utf-8", "surrogatepass")
        else:
            secret = await self._derive_secret("" if key is None else key.sha256)
        pem = None if key is None else key.customer_public_key
        return Issuer(key, secret, None if pem is None else load_public_key(pem))

    async def _derive_secret(self, sha256: str) -> bytes:
        """Return the server's secret for a key: another key has another one, also under the same name."""
        if self._server_secret is None:
            self._server_secret = bytes.fromhex(await self._store.load_secret(SECRET_NAME))
        return hmac.digest(self._server_secret, sha256.encode(), hashlib.sha256)
