"""The failures of the model and the store, as what a client is told of them."""

from model.errors import CacheTooSmall, ImageError, ImageTooLarge, InputError, OutOfMemory, PromptTooLong, SchemaError
from server.errors.asked import BadBody, BadImage, FieldRefused, ImageTooBig, NotStored, PromptTooBig, SchemaRefused
from server.errors.base import ServerError
from server.errors.serving import MemoryRanOut, StoreUnavailable
from server.store.errors import BadCursor, DatabaseError, NameTaken, NameTooLong, StoreError


def from_store(error: StoreError) -> ServerError:
    """The same cause with a status, for what the store refuses or cannot do."""
    if isinstance(error, DatabaseError):
        return StoreUnavailable()
    if isinstance(error, BadCursor):
        return FieldRefused("cursor", str(error))
    if isinstance(error, NameTooLong | NameTaken):
        return FieldRefused("name", str(error))
    return NotStored(error)


def from_model(error: InputError | OutOfMemory) -> ServerError:
    """The same cause with a status, for what the model refuses, or has no room for."""
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
