"""Translation of the errors of the model and the store into those that a client is sent."""

import errno
import re
from collections.abc import Mapping

from model.errors import (
    CacheTooSmall,
    ImageError,
    ImageTooLarge,
    InputError,
    OutOfMemory,
    ParameterError,
    PromptTooLong,
    SchemaError,
)
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
from server.errors.documents import LibraryTooFull
from server.errors.handover import DeskBusy, HandoverRefused, TooManyCanned
from server.errors.serving import MemoryRanOut, SearchTooSlow, StoreUnavailable
from server.store.errors import (
    BadCursor,
    CannedTitleTaken,
    CollectionNameRefused,
    DatabaseError,
    DeskFull,
    HandoverLost,
    LibraryFull,
    NameTaken,
    NameTooLong,
    SearchTimedOut,
    StoreError,
    TooManyCannedAnswers,
    TooManyCollections,
    TooManyDocuments,
)

RESOURCES = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM)


def has_spent_resources(error: BaseException) -> bool:
    """Whether the system had no room on a disk, or no file or process left: what failed may be done later."""
    return isinstance(error, OSError) and error.errno in RESOURCES


def translate_store_error(error: StoreError) -> ServerError:
    """Return the error to send for one of the store."""
    if isinstance(error, DatabaseError):
        return StoreUnavailable()
    if isinstance(error, SearchTimedOut):
        return SearchTooSlow(error.limit_s)
    if isinstance(error, BadCursor):
        return FieldRefused("cursor", str(error), "必须是之前某一页返回的 next_cursor")
    if isinstance(error, NameTaken):
        return FieldRefused("name", str(error), "已有同名会话")
    if isinstance(error, NameTooLong):
        return FieldRefused("name", str(error), f"名称共 {error.length} 个字符，上限 {error.limit}")
    if isinstance(error, CollectionNameRefused):
        return FieldRefused(
            "name",
            str(error),
            f"集合名称须为 1 至 {error.limit} 个字符，只含文字、数字、连字符、下划线和点，且不以点开头",
        )
    return _translate_desk(error) or _translate_limit(error)


def _translate_desk(error: StoreError) -> ServerError | None:
    """Return the error to send for one of the desk; None for others."""
    if isinstance(error, HandoverLost):
        return HandoverRefused(error.state, error.agent_name)
    if isinstance(error, DeskFull):
        return DeskBusy()
    if isinstance(error, CannedTitleTaken):
        return FieldRefused("title", str(error), "已有同标题的常用回复")
    if isinstance(error, TooManyCannedAnswers):
        return TooManyCanned(error.limit)
    return None


def _translate_limit(error: StoreError) -> ServerError:
    """Return the error to send where there is as much as there may be, or where something is not there."""
    if isinstance(error, TooManyCollections):
        return LibraryTooFull(f"已有 {error.count} 个集合，上限 {error.limit}，请先删除", str(error))
    if isinstance(error, TooManyDocuments):
        place = "会话" if error.place == "session" else "集合"
        return LibraryTooFull(f"{place}已有 {error.count} 个文档，上限 {error.limit}，请先删除", str(error))
    if isinstance(error, LibraryFull):
        return LibraryTooFull(f"所有文档共 {error.num_bytes:,} 字节，上限 {error.limit:,}，请先删除一些", str(error))
    return NotStored(error)


def translate_model_error(error: InputError | OutOfMemory, names: Mapping[str, str] | None = None) -> ServerError:
    """Return the error to send for a request that the model refuses, or has no memory for.

    `names` are those that the client has for parameters of the model, where they differ.
    """
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
    if isinstance(error, ParameterError):
        cause, cause_zh = (_rename_all(text, names or {}) for text in (error.cause, error.cause_zh))
        return FieldRefused(error.name, f"it {cause}", cause_zh).rename(names or {})
    return BadBody(error)


def _rename_all(cause: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[1]), cause)
