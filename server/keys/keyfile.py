"""The file of keys: a table of TOML for each, named as the key is. It holds hashes, and no key.

    [ann]
    sha256 = "..."
    owner = "shop"
    role = "operator"
    requests_per_minute = 60
    max_streams = 4
    tokens_per_day = 100000
    profile = "ecommerce"

All but the hash may be left out; the owner is then the key's name. Reference: https://toml.io/en/v1.0.0
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

KEYS_FILE = "keys.toml"


def read_keys(path: Path) -> tuple[Key, ...]:
    """Raises `KeysError`, with the file, the line where there is one, and the cause."""
    return parse_keys(_text(path), str(path))


def add_key(path: Path, key: Key) -> None:
    """At the end of the file, which is made where there is none. Raises `KeysError`."""
    before = _text(path) if path.exists() else ""
    check_distinct((*parse_keys(before, str(path)), key), str(path))
    after = f"{before.rstrip()}\n\n{_table(key)}".lstrip()
    parse_keys(after, str(path))
    _write(path, after)


def remove_key(path: Path, name: str) -> None:
    """Raises `KeysError`, also where the table is written in a way that is not found."""
    before = _text(path)
    left = tuple(key for key in parse_keys(before, str(path)) if key.name != name)
    lines = before.splitlines(keepends=True)
    first = _line_of(before, name)
    if first is None:
        raise KeysError(f"{path}: there is no key [{name}]")
    last = next((i for i in range(first, len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
    after = "".join(lines[: first - 1] + lines[last:])
    if parse_keys(after, str(path)) != left:
        raise KeysError(f"{path}, line {first}: [{name}] cannot be told from what is around it; delete it by hand")
    _write(path, after)


def parse_keys(text: str, where: str) -> tuple[Key, ...]:
    """Raises `KeysError`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KeysError(f"{where}: {error}") from error
    keys = []
    for name, table in tables.items():
        try:
            keys.append(_key(name, table))
        except ValueError as error:
            line = _line_of(text, name)
            raise KeysError(f"{where}{'' if line is None else f', line {line}'}: [{name}]: {error}") from error
    check_distinct(keys, where)
    return tuple(keys)


def check_distinct(keys: Iterable[Key], where: str) -> None:
    """Raises `KeysError` for two keys of one name, or two names of one key."""
    names: set[str] = set()
    hashes: dict[str, str] = {}
    for key in keys:
        if key.name in names:
            raise KeysError(f"{where}: there are two keys named {key.name}")
        if key.sha256 in hashes:
            raise KeysError(f"{where}: {hashes[key.sha256]} and {key.name} are the same key")
        names.add(key.name)
        hashes[key.sha256] = key.name


def _key(name: str, table: Any) -> Key:
    """Raises `ValueError`."""
    if not isinstance(table, dict):
        raise ValueError("it is not the table of a key")
    if "name" in table:
        raise ValueError("the table's own name is the key's")
    return msgspec.convert({"owner": name, **table, "name": name}, Key)


def _line_of(text: str, name: str) -> int | None:
    """Of the table's head, from 1."""
    head = re.compile(rf"\s*\[?\s*[\"']?{re.escape(name)}[\"']?\s*[\]=]")
    return next((number for number, line in enumerate(text.splitlines(), 1) if head.match(line)), None)


def _table(key: Key) -> str:
    """What differs from the defaults. A string of JSON is one of TOML."""
    given = {name: value for name, value in msgspec.structs.asdict(key).items() if name != "name" and value is not None}
    if given["owner"] == key.name:
        del given["owner"]
    if given["role"] == "user":
        del given["role"]
    return "\n".join([f"[{key.name}]", *(f"{name} = {json.dumps(value)}" for name, value in given.items()), ""])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeysError(f"{path}: it is not UTF-8") from error


def _write(path: Path, text: str) -> None:
    """Whole or not at all, readable by its owner alone (0600 is what `mkstemp` gives)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except OSError as error:
        raise KeysError(f"{path}: {error.strerror}") from error
