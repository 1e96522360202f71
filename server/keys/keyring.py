"""The keys that are valid now: those of the environment, and those of a file that may change at any time."""

import hmac
import logging
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from server.keys.errors import KeysError
from server.keys.key import PREFIX, Key, hash_secret
from server.keys.keyfile import check_distinct, read_keys
from server.store.private_files import narrow

API_KEYS = "MINICPMV_API_KEYS"
"""A variable and not a command-line flag, as everybody on the machine can read the command lines of processes."""

MIN_SECRET_LENGTH = 20
"""The least length of a key in the environment, which a person may have invented."""

Stamp = tuple[int, int, int]

logger = logging.getLogger("server")


def read_environment_keys(environment: Mapping[str, str]) -> tuple[Key, ...]:
    """Read the keys of the variable `API_KEYS`, `name:sk-...` separated by commas. Raises `KeysError`."""
    keys = []
    for number, item in enumerate(environment.get(API_KEYS, "").split(","), 1):
        name, _, secret = item.strip().partition(":")
        if not item.strip():
            continue
        if not secret.startswith(PREFIX) or len(secret) < MIN_SECRET_LENGTH:
            least = f"the key of at least {MIN_SECRET_LENGTH} characters"
            raise KeysError(f"{API_KEYS}, entry {number}: it must be name:{PREFIX}..., {least}")
        try:
            keys.append(msgspec.convert({"name": name, "owner": name, "sha256": hash_secret(secret)}, Key))
        except msgspec.ValidationError as error:
            raise KeysError(f"{API_KEYS}, entry {number}: {error}") from error
    check_distinct(keys, API_KEYS)
    return tuple(keys)


class KeyRing:
    """The valid keys, `given` ones and those of the file `path`, which is read again whenever it has changed.

    While the file cannot be used, the keys from before stay valid, and `refused` is why; else that is None. `loaded_s`
    is when the file was last read, in Unix seconds.
    """

    def __init__(self, given: Iterable[Key] = (), path: Path | None = None) -> None:
        """Raises `KeysError`."""
        self._given = tuple(given)
        self.path = path
        self._stamp = None if path is None else _read_stamp(path)
        self._keys = self._load()
        self.loaded_s = time.time()
        self.refused: str | None = None

    def find(self, secret: str) -> Key | None:
        """Return the key of a secret, None if there is none.

        How long that takes tells nothing about other keys: they are found by hashes, which nobody can choose.
        """
        self._refresh()
        sha256 = hash_secret(secret)
        key = self._keys.get(sha256)
        return key if key is not None and hmac.compare_digest(key.sha256, sha256) else None

    def find_named(self, name: str) -> Key | None:
        """Return the key of a name, None if there is none."""
        self._refresh()
        return next((key for key in self._keys.values() if key.name == name), None)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(self._keys.values())

    def _refresh(self) -> None:
        if self.path is not None and _read_stamp(self.path) != self._stamp and self.reload():
            logger.info("%s was read again: %d keys", self.path, len(self._keys))

    def reload(self) -> bool:
        """Read the file, whether it has changed or not; tell whether it can be used."""
        self._stamp = None if self.path is None else _read_stamp(self.path)
        try:
            self._keys = self._load()
        except KeysError as error:
            self.refused = str(error)
            logger.error("the edited keys cannot be used, those from before stay valid: %s", error)
            return False
        self.loaded_s, self.refused = time.time(), None
        return True

    def _load(self) -> dict[str, Key]:
        if self.path is not None:
            narrow(self.path)
        keys = (*self._given, *(() if self.path is None else read_keys(self.path)))
        check_distinct(keys, f"{API_KEYS} and {self.path}")
        return {key.sha256: key for key in keys}


def _read_stamp(path: Path) -> Stamp | None:
    """Return what changes whenever the file does, None while there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
