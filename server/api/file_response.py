"""Responses that are written to a temporary file as a whole before their first byte is sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import IO, Any

from litestar.response import Stream

CHUNK_BYTES = 2**16
MEMORY_BYTES = 2**20
"""A file of up to this size stays in memory."""


async def respond_with_file(
    write: Callable[[IO[bytes]], Awaitable[None]], media_type: str, headers: Mapping[str, str]
) -> Stream:
    """Return a response with what `write` writes to the file, and raise what it raises.

    An export that broke off while it is sent would look like a whole one with fewer turns.
    """
    file = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115
    try:
        await write(file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Stream(_read_chunks(file), media_type=media_type, headers=headers)


async def _read_chunks(file: IO[bytes]) -> AsyncIterator[Any]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
