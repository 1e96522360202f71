"""What a request can end in other than an answer, in Chinese and English.

ServerError                    carries the status and the text in both languages; `param` and `code` are OpenAI's
├── EmptyQuestion         400  问题不能为空
├── MissingFields         400  参数不完整
├── BadBody               400  a body that is not the JSON asked for
├── FieldRefused          400  a field that is not supported, or whose value is not, by its name
├── SchemaRefused         400  a schema that no answer can be held to, with the cause
├── BadImage              400  图片处理失败, with the cause
│   ├── ImageTooBig       413  图片处理失败, with both numbers
│   └── ImageNotFetched   400  图片处理失败: a URL that is not allowed, or gave no picture
├── TooManyImages         413  with both counts
├── PromptTooBig          413  a turn that cannot fit, with both counts
├── RunTooBig             413  a run to be saved, with both sizes
├── KeyMissing            401  a request without a key, where the server has keys
├── KeyWrong              401  a key that is none, or none any more
├── Forbidden             403  a key that may not read what concerns all
├── UnknownModel          404  a name that is not served
├── NotStored             404  a session, a turn or a picture that the owner does not have
├── ClientGone            499  the client has left; nobody reads this
├── QueueFull             429  so many requests are running or waiting already, with Retry-After
├── RateExceeded          429  the key's requests of a minute are used up, with Retry-After
├── TooManyStreams        429  so many requests of the key are in hand already, with Retry-After
├── QuotaSpent            429  the key's tokens of the day are used up, with Retry-After until midnight UTC
├── RequestTimedOut       504  the answer took longer than the limit
├── EngineStopped         503  the server is stopping, or the engine has died, with Retry-After
├── StillLoading          503  the model is not loaded yet, with Retry-After
├── MemoryRanOut          503  the device has no memory left for this request beside the others, with Retry-After
├── StoreUnavailable      503  the database does not answer, with Retry-After
├── HTTPFailure           4xx  what the framework refuses: a path, a method, a body over the limit
└── InternalError         500  the id of the request, which the log has too, and no more
"""

import re
from http import HTTPStatus
from typing import ClassVar

from model.errors import CacheTooSmall, ImageError, ImageTooLarge, InputError, OutOfMemory, PromptTooLong, SchemaError
from server.store.errors import BadCursor, DatabaseError, NameTaken, NameTooLong, StoreError

RETRY_AFTER_S = 2
"""What a client that was refused is told to wait: about the time of a short answer."""


class ServerError(Exception):
    status = 500
    code: str | None = None
    param: str | None = None
    retry_after_s: int | None = None
    challenge: str | None = None

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.texts = {"zh": zh, "en": en}

    @property
    def headers(self) -> dict[str, str]:
        """Of the response, RFC 9110: sections 10.2.3 and 11.6.1."""
        named = {"Retry-After": self.retry_after_s, "WWW-Authenticate": self.challenge}
        return {name: str(value) for name, value in named.items() if value is not None}


class EmptyQuestion(ServerError):
    status = 400

    def __init__(self) -> None:
        super().__init__("问题不能为空", "the question must not be empty")


class MissingFields(ServerError):
    status = 400

    def __init__(self, *names: str) -> None:
        super().__init__("参数不完整", f"fields are missing or empty: {', '.join(names)}")


class BadBody(ServerError):
    """`param` is the path of the field that msgspec names."""

    status = 400
    FIELD: ClassVar[re.Pattern[str]] = re.compile(r"(?:unknown|required) field `([^`]+)`")
    PATH: ClassVar[re.Pattern[str]] = re.compile(r"`\$\.?([^`]+)`")

    def __init__(self, cause: object) -> None:
        super().__init__(f"请求格式错误: {cause}", f"the request cannot be read: {cause}")
        found = (pattern.search(str(cause)) for pattern in (self.PATH, self.FIELD))
        self.param = ".".join(match[1] for match in found if match) or None


class FieldRefused(ServerError):
    status = 400

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(f"参数 {name} 不可用: {cause}", f"the field {name} cannot be used: {cause}")
        self.param = name


class SchemaRefused(ServerError):
    status = 400

    def __init__(self, error: SchemaError) -> None:
        super().__init__(f"JSON schema 不可用: {error}", f"the answer cannot be held to {error}")
        self.param = "tools" if error.tool else "response_format"


class RunTooBig(ServerError):
    status = 413

    def __init__(self, num_bytes: int, limit: int) -> None:
        super().__init__(
            f"内容过大: 共 {num_bytes} 字节，上限 {limit}", f"the run has {num_bytes:,} bytes, the limit is {limit:,}"
        )


class KeyMissing(ServerError):
    status = 401
    code = "invalid_api_key"
    challenge = "Bearer"

    def __init__(self) -> None:
        super().__init__(
            "缺少密钥: 请使用 Authorization: Bearer 或 X-API-Key",
            "a key is needed: Authorization: Bearer, or X-API-Key",
        )


class KeyWrong(ServerError):
    """Says nothing of the key, which could be a good one but for a letter."""

    status = 401
    code = "invalid_api_key"
    challenge = 'Bearer error="invalid_token"'

    def __init__(self) -> None:
        super().__init__("密钥无效", "the key is not valid")


class Forbidden(ServerError):
    status = 403

    def __init__(self) -> None:
        super().__init__("需要 operator 密钥", "this needs an operator's key")


class UnknownModel(ServerError):
    status = 404
    code = "model_not_found"
    param = "model"

    def __init__(self, name: str) -> None:
        super().__init__(f"模型不存在: {name}", f"model {name!r} not found")


class NotStored(ServerError):
    status = 404

    def __init__(self, error: StoreError) -> None:
        super().__init__(f"没有找到: {error}", str(error))


class ClientGone(ServerError):
    status = 499

    def __init__(self) -> None:
        super().__init__("客户端已断开", "the client has left")


class BadImage(ServerError):
    status = 400
    CAUSES_ZH: ClassVar[dict[str, str]] = {
        "base64": "不是有效的 base64 编码或 data URL",
        "empty": "内容为空",
        "format": "不是可识别的图片格式",
        "damaged": "图片已损坏或不完整",
        "size": "像素数超过上限",
    }

    def __init__(self, error: ImageError) -> None:
        cause = self.CAUSES_ZH[error.reason]
        super().__init__(f"图片处理失败: {cause} ({error})", f"the picture cannot be used: {error}")


class ImageTooBig(BadImage):
    status = 413


class ImageNotFetched(BadImage):
    """`cause` never holds what the other host sent."""

    def __init__(self, cause: str) -> None:
        ServerError.__init__(self, f"图片处理失败: 无法获取 ({cause})", f"the picture cannot be fetched: {cause}")


class TooManyImages(ServerError):
    status = 413

    def __init__(self, num_images: int, limit: int) -> None:
        super().__init__(
            f"图片过多: 共 {num_images} 张，上限 {limit}",
            f"the request has {num_images} pictures, the limit is {limit}",
        )


class PromptTooBig(ServerError):
    status = 413
    code = "context_length_exceeded"

    def __init__(self, error: PromptTooLong | CacheTooSmall) -> None:
        super().__init__(
            f"内容过长: 共 {error.num_tokens} 个 token，上限 {error.limit}",
            f"the question with its pictures has {error.num_tokens} tokens, the limit is {error.limit}",
        )


class QueueFull(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, max_requests: int) -> None:
        super().__init__(
            f"请求过多: 已有 {max_requests} 个在处理", f"too many requests: {max_requests} are in hand already"
        )


class RateExceeded(ServerError):
    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(
            f"请求过于频繁: 该密钥每分钟上限 {per_minute} 次，请在 {retry_after_s} 秒后重试",
            f"too many requests: the key's limit is {per_minute} a minute; try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class TooManyStreams(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"并发请求过多: 该密钥上限 {limit} 个", f"too many requests at once: the key's limit is {limit}"
        )


class QuotaSpent(ServerError):
    status = 429
    code = "insufficient_quota"

    def __init__(self, num_spent: int, limit: int, retry_after_s: int) -> None:
        super().__init__(
            f"今日额度已用完: 该密钥已用 {num_spent} 个 token，上限 {limit}",
            f"the day's quota is spent: the key has used {num_spent} tokens, its limit is {limit}",
        )
        self.retry_after_s = retry_after_s


class RequestTimedOut(ServerError):
    status = 504

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"处理超时: 上限 {limit_s:g} 秒", f"the answer took longer than {limit_s:g} seconds")


class EngineStopped(ServerError):
    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("服务正在停止", "the server is stopping")


class StillLoading(ServerError):
    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("模型正在加载", "the model is being loaded")


class MemoryRanOut(ServerError):
    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("显存不足，请稍后重试", "the device has run out of memory; try again in a moment")


class StoreUnavailable(ServerError):
    """Says nothing of where the database is; the log does."""

    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("暂时无法读写会话", "sessions cannot be read or stored at the moment")


class HTTPFailure(ServerError):
    TEXTS_ZH: ClassVar[dict[int, str]] = {404: "路径不存在", 405: "不支持的请求方法", 413: "请求体过大"}

    def __init__(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        super().__init__(self.TEXTS_ZH.get(status, phrase), phrase.lower())
        self.status = status


class InternalError(ServerError):
    """The id is the request's, which its answer has as a header too."""

    def __init__(self, error_id: str) -> None:
        super().__init__(f"内部错误，编号 {error_id}", f"internal error {error_id}")
        self.id = error_id


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
