"""What is in the files of the followed folder. A file that changes while it is read has nothing to say yet."""

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from server.knowledge.folder.scan import FolderFile, Stamp
from server.library.files import make_file

CHUNK_BYTES = 1 << 20


class FileChanged(Exception):
    """The file is not the one any more that was seen."""


def hash_file(file: FolderFile) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises `OSError` and `FileChanged`."""
    digest = hashlib.sha256()
    for chunk in _read(file):
        digest.update(chunk)
    return digest.hexdigest()


def copy_file(file: FolderFile) -> BinaryIO:
    """Return a temporary file with the same content, at its beginning. Raises `OSError` and `FileChanged`."""
    copy = make_file()
    try:
        for chunk in _read(file):
            copy.write(chunk)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy


def _read(file: FolderFile) -> Iterator[bytes]:
    # It may have become a link or a pipe since it was looked at: neither is read nor waited for.
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(descriptor, file.stamp)
        while chunk := os.read(descriptor, CHUNK_BYTES):
            yield chunk
        _check(descriptor, file.stamp)
    finally:
        os.close(descriptor)


def _check(descriptor: int, stamp: Stamp) -> None:
    if Stamp.of(os.fstat(descriptor)) != stamp:
        raise FileChanged
