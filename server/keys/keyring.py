"""The keys that are good now: those of the environment, and those of a file that may change at any time."""

import hmac
import logging
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from server.keys.errors import KeysError
from server.keys.key import PREFIX, Key, hash_of
from server.keys.keyfile import check_distinct, read_keys

API_KEYS = "MINICPMV_API_KEYS"
"""A variable and no option: the command lines of processes can be read by everybody."""

MIN_SECRET_LENGTH = 20
"""Of a key in the environment, which people may have thought up."""

Stamp = tuple[int, int, int]

logger = logging.getLogger("server")


def keys_of(environment: Mapping[str, str]) -> tuple[Key, ...]:
    """Those of `API_KEYS`, `name:sk-...` with commas between, hashed at once. Raises `KeysError`."""
    keys = []
    for number, item in enumerate(environment.get(API_KEYS, "").split(","), 1):
        name, _, secret = item.strip().partition(":")
        if not item.strip():
            continue
        if not secret.startswith(PREFIX) or len(secret) < MIN_SECRET_LENGTH:
            raise KeysError(f"{API_KEYS}, entry {number}: it is not name:{PREFIX}... with a key of the usual length")
        try:
            keys.append(msgspec.convert({"name": name, "owner": name, "sha256": hash_of(secret)}, Key))
        except msgspec.ValidationError as error:
            raise KeysError(f"{API_KEYS}, entry {number}: {error}") from error
    check_distinct(keys, API_KEYS)
    return tuple(keys)


class KeyRing:
    """Finds keys. `path` is read again whenever it has changed; while it cannot be, the keys from before stay good.

    `loaded_s` is of Unix, `refused` why the file as it is now is not used.
    """

    def __init__(self, given: Iterable[Key] = (), path: Path | None = None) -> None:
        """Raises `KeysError`."""
        self._given = tuple(given)
        self.path = path
        self._stamp = None if path is None else _stamp(path)
        self._keys = self._load()
        self.loaded_s = time.time()
        self.refused: str | None = None

    def find(self, secret: str) -> Key | None:
        """In a time that tells nothing of other keys: what is looked up is a hash, and nobody can choose those."""
        self._refresh()
        sha256 = hash_of(secret)
        key = self._keys.get(sha256)
        return key if key is not None and hmac.compare_digest(key.sha256, sha256) else None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(self._keys.values())

    def _refresh(self) -> None:
        if self.path is None or (stamp := _stamp(self.path)) == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = self._load()
        except KeysError as error:
            self.refused = str(error)
            logger.error("the keys from before stay good: %s", error)
        else:
            self.loaded_s, self.refused = time.time(), None
            logger.info("%s was read again: %d keys", self.path, len(self._keys))

    def _load(self) -> dict[str, Key]:
        keys = (*self._given, *(() if self.path is None else read_keys(self.path)))
        check_distinct(keys, f"{API_KEYS} and {self.path}")
        return {key.sha256: key for key in keys}


def _stamp(path: Path) -> Stamp | None:
    """Changes with the file. None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
