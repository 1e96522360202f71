"""Translation of the errors of the model and the store into those that a client is sent."""

from model.errors import CacheTooSmall, ImageError, ImageTooLarge, InputError, OutOfMemory, PromptTooLong, SchemaError
from server.errors.bad_request import (
    BadBody,
    BadImage,
    FieldRefused,
    ImageTooBig,
    NotStored,
    PromptTooBig,
    SchemaRefused,
)
from server.errors.base import ServerError
from server.errors.serving import MemoryRanOut, StoreUnavailable
from server.store.errors import BadCursor, DatabaseError, NameTaken, NameTooLong, StoreError


def translate_store_error(error: StoreError) -> ServerError:
    """Return the error to send for one of the store."""
    if isinstance(error, DatabaseError):
        return StoreUnavailable()
    if isinstance(error, BadCursor):
        return FieldRefused("cursor", str(error), "必须是之前某一页返回的 next_cursor")
    if isinstance(error, NameTaken):
        return FieldRefused("name", str(error), "已有同名会话")
    if isinstance(error, NameTooLong):
        return FieldRefused("name", str(error), f"名称共 {error.length} 个字符，上限 {error.limit}")
    return NotStored(error)


def translate_model_error(error: InputError | OutOfMemory) -> ServerError:
    """Return the error to send for a request that the model refuses, or has no memory for."""
    if isinstance(error, OutOfMemory):
        return MemoryRanOut()
    if isinstance(error, ImageTooLarge):
        return ImageTooBig(error)
    if isinstance(error, ImageError):
        return BadImage(error)
    if isinstance(error, PromptTooLong | CacheTooSmall):
        return PromptTooBig(error)
    if isinstance(error, SchemaError):
        return SchemaRefused(error)
    return BadBody(error)
