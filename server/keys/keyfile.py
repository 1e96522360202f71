"""The file of keys: TOML with a table for each key, which has its name. It holds the hashes of keys, not the keys.

    [ann]
    sha256 = "..."
    owner = "shop"
    role = "operator"
    requests_per_minute = 60
    max_streams = 4
    tokens_per_minute = 20000
    tokens_per_day = 100000
    profile = "ecommerce"
    profiles = ["ecommerce", "restaurant"]
    customer_secret = "..."
    customer_public_key = "shop.pem"
    tools = ["list_orders", "get_order"]

Only the hash is needed; without an owner the key's name is the owner. TOML: https://toml.io/en/v1.0.0
"""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from server.keys.errors import KeysError
from server.keys.key import Key
from server.keys.signing import read_pem
from server.store.private_files import FOLDER_MODE

KEYS_FILE = "keys.toml"


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read the keys of a file. Raises `KeysError`, with the file, the line where it is known, and the cause."""
    return parse_keys(_read(path), str(path), path.parent)


def add_key(path: Path, key: Key) -> None:
    """Add a key at the end of a file, which is created if there is none. Raises `KeysError`."""
    before = _read(path) if path.exists() else ""
    check_distinct((*parse_keys(before, str(path), path.parent), key), str(path))
    after = f"{before.rstrip()}\n\n{_to_toml(key)}".lstrip()
    parse_keys(after, str(path), path.parent)
    _write(path, after)


def remove_key(path: Path, name: str) -> None:
    """Remove the table of a key. Raises `KeysError`, also if it cannot be separated from the rest of the file."""
    before = _read(path)
    left = tuple(key for key in parse_keys(before, str(path), path.parent) if key.name != name)
    lines = before.splitlines(keepends=True)
    first = _find_line(before, name)
    if first is None:
        raise KeysError(f"{path}: there is no key [{name}]")
    last = next((i for i in range(first, len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
    after = "".join(lines[: first - 1] + lines[last:])
    if parse_keys(after, str(path), path.parent) != left:
        raise KeysError(
            f"{path}, line {first}: [{name}] cannot be separated from the lines around it; delete it by hand"
        )
    _write(path, after)


def parse_keys(text: str, where: str, folder: Path = Path()) -> tuple[Key, ...]:
    """Parse the text of a file of keys; `where` names it in errors, `folder` has the files that it names.

    Raises `KeysError`.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KeysError(f"{where}: {error}") from error
    keys = []
    for name, table in tables.items():
        try:
            keys.append(_parse_key(name, table, folder))
        except ValueError as error:
            line = _find_line(text, name)
            raise KeysError(f"{where}{'' if line is None else f', line {line}'}: [{name}]: {error}") from error
    check_distinct(keys, where)
    return tuple(keys)


def check_distinct(keys: Iterable[Key], where: str) -> None:
    """Raise `KeysError` if two keys have the same name or the same hash."""
    names: set[str] = set()
    hashes: dict[str, str] = {}
    for key in keys:
        if key.name in names:
            raise KeysError(f"{where}: there are two keys named {key.name}")
        if key.sha256 in hashes:
            raise KeysError(f"{where}: {hashes[key.sha256]} and {key.name} are the same key")
        names.add(key.name)
        hashes[key.sha256] = key.name


def _parse_key(name: str, table: Any, folder: Path) -> Key:
    """Raises `ValueError`."""
    if not isinstance(table, dict):
        raise ValueError("a key must be a table")
    if "name" in table:
        raise ValueError("the key is named by its table, without a field `name`")
    given = {"owner": name, **table, "name": name}
    if isinstance(pem := table.get("customer_public_key"), str):
        given["customer_public_key"] = read_pem(pem, folder)
    return msgspec.convert(given, Key)


def _find_line(text: str, name: str) -> int | None:
    """Return the number of the line that a table begins in, from 1."""
    head = re.compile(rf"\s*\[?\s*[\"']?{re.escape(name)}[\"']?\s*[\]=]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if head.match(line)), None)


def _to_toml(key: Key) -> str:
    """Return the table of a key without fields that have their default. JSON strings are valid TOML strings."""
    given = {name: value for name, value in msgspec.structs.asdict(key).items() if name != "name" and value is not None}
    if given["owner"] == key.name:
        del given["owner"]
    if given["role"] == "user":
        del given["role"]
    return "\n".join([f"[{key.name}]", *(f"{name} = {json.dumps(value)}" for name, value in given.items()), ""])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeysError(f"{path}: it is not UTF-8") from error


def _write(path: Path, text: str) -> None:
    """Write a file completely or not at all, readable only by its owner: `mkstemp` creates it with mode 0600."""
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}") from error
