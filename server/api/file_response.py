"""Answers that are written into a file before a byte of them is sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import IO, Any

from litestar.response import Stream

CHUNK_BYTES = 2**16
MEMORY_BYTES = 2**20
"""What is no larger needs no disk."""


async def file_of(write: Callable[[IO[bytes]], Awaitable[None]], media_type: str, headers: Mapping[str, str]) -> Stream:
    """Whole before it is sent: an export that breaks off would look like one with fewer turns."""
    file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115
    try:
        await write(file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Stream(_chunks(file), media_type=media_type, headers=headers)


async def _chunks(file: IO[bytes]) -> AsyncIterator[Any]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
