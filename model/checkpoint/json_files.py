"""Reading the small files of a checkpoint; a damaged one is named in one sentence with what to do."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from model.checkpoint.wording import ORIGINAL, one_line, show_path
from model.errors import LoadError

MAX_BYTES = 128 << 20
"""The largest small file that is read; the real `tokenizer.json` has 7 MB."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
AGAIN = f"copy or download it again from its origin, such as {ORIGINAL}"
UTF8_BOM, UTF16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def read_json(file: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds. Raises `LoadError`, which names the file and the remedy."""
    try:
        found = json.loads(read_text(file))
    except RecursionError as error:
        raise LoadError(f"{show_path(file)} is nested too deep to be a configuration: {AGAIN}") from error
    except ValueError as error:
        raise LoadError(f"{show_path(file)} is cut off or is not JSON ({one_line(error)}): {AGAIN}") from error
    if not isinstance(found, dict):
        raise LoadError(f"{show_path(file)} holds {_describe(found)} instead of a JSON object: {AGAIN}")
    return found


def read_text(file: Path) -> str:
    """Return the text of a small UTF-8 file, with or without a byte order mark. Raises `LoadError`."""
    found = _read_bytes(file)
    check_content(file, found[:512])
    if found.startswith(UTF16_BOMS):
        raise LoadError(f"{show_path(file)} is UTF-16 text: save it as UTF-8")
    try:
        return found.removeprefix(UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoadError(f"{show_path(file)} is not UTF-8 text but binary or in another encoding: {AGAIN}") from error


def is_there(file: Path) -> bool:
    """Return whether a name is taken, be it by a broken link; False for a name that no file can have."""
    return os.path.lexists(file)


def check_file(file: Path) -> int:
    """Return the size in bytes of a file that is there and can be read. Raises `LoadError`."""
    shown = show_path(file)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise LoadError(f"{shown} is a folder where a file is needed: {AGAIN}")
        if not stat.S_ISREG(status.st_mode):
            raise LoadError(f"{shown} is not a regular file: {AGAIN}")
        with file.open("rb"):
            return status.st_size
    except FileNotFoundError as error:
        raise LoadError(_say_missing(file)) from error
    except PermissionError as error:
        raise LoadError(f"{shown} may not be read: give this user the permission, as with chmod") from error
    except (OSError, ValueError) as error:
        raise LoadError(f"{shown} cannot be read ({one_line(error)}): check the disk and the link") from error


def check_content(file: Path, start: bytes) -> None:
    """Raise `LoadError` where the first bytes are none, those of a git-LFS pointer, or zeros of a broken copy."""
    if not start.strip():
        raise LoadError(f"{show_path(file)} is empty: {AGAIN}")
    if start.startswith(LFS_POINTER):
        raise LoadError(f"{show_path(file)} is only a git-LFS pointer: run `git lfs pull` in its folder")
    if not start.strip(b"\0"):
        raise LoadError(f"{show_path(file)} is filled with zeros, as after an interrupted copy: {AGAIN}")


def _read_bytes(file: Path) -> bytes:
    size = check_file(file)
    if size > MAX_BYTES:
        raise LoadError(f"{show_path(file)} has {size / 1e6:.0f} MB, far too many for such a file: {AGAIN}")
    try:
        return file.read_bytes()
    except OSError as error:
        raise LoadError(f"{show_path(file)} cannot be read ({one_line(error)}): check the disk") from error


def _say_missing(file: Path) -> str:
    if file.is_symlink():
        target = show_path(file.readlink())
        return f"{show_path(file)} is a link to {target}, which is not there: {AGAIN}"
    return f"{show_path(file)} is missing: {AGAIN}"


def _describe(value: object) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
