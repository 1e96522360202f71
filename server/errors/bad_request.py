"""Errors of what was asked (4xx): the same request would be refused again."""

import re
from typing import ClassVar

from model.errors import CacheTooSmall, ImageError, PromptTooLong, SchemaError
from server.errors.base import ServerError
from server.store.errors import PictureNotFound, RunNotFound, SessionNotFound, StoreError, TurnNotFound


class EmptyQuestion(ServerError):
    status = 400

    def __init__(self) -> None:
        super().__init__("问题不能为空", "the question must not be empty")


class MissingFields(ServerError):
    status = 400

    def __init__(self, *names: str) -> None:
        super().__init__("参数不完整", f"fields are missing or empty: {', '.join(names)}")


class BadBody(ServerError):
    """The body cannot be parsed. `param` is the path of the field, where msgspec names one in the cause."""

    status = 400
    FIELD: ClassVar[re.Pattern[str]] = re.compile(r"(?:unknown|required) field `([^`]+)`")
    PATH: ClassVar[re.Pattern[str]] = re.compile(r"`\$\.?([^`]+)`")

    def __init__(self, cause: object) -> None:
        super().__init__(f"请求格式错误：{cause}", f"the request cannot be read: {cause}")
        found = (pattern.search(str(cause)) for pattern in (self.PATH, self.FIELD))
        self.param = ".".join(match[1] for match in found if match) or None


class FieldRefused(ServerError):
    """A field is not supported, or its value is not; `cause` and `cause_zh` say why in English and Chinese."""

    status = 400

    def __init__(self, name: str, cause: str, cause_zh: str) -> None:
        super().__init__(f"参数 {name} 不可用：{cause_zh}", f"the field {name} cannot be used: {cause}")
        self.param = name


class SchemaRefused(ServerError):
    status = 400

    def __init__(self, error: SchemaError) -> None:
        super().__init__(f"JSON schema 不可用：{error}", f"the answer cannot be made to follow {error}")
        self.param = "tools" if error.tool else "response_format"


class RunTooBig(ServerError):
    status = 413

    def __init__(self, num_bytes: int, limit: int) -> None:
        super().__init__(
            f"运行记录过大：共 {num_bytes:,} 字节，上限 {limit:,}",
            f"the run has {num_bytes:,} bytes, the limit is {limit:,}",
        )


class UnknownModel(ServerError):
    status = 404
    code = "model_not_found"
    param = "model"

    def __init__(self, name: str) -> None:
        super().__init__(f"模型不存在：{name}", f"model {name!r} not found")


class NotStored(ServerError):
    """The owner has no such session, turn, picture or run."""

    status = 404
    TEXTS_ZH: ClassVar[dict[type[StoreError], str]] = {
        SessionNotFound: "会话不存在",
        TurnNotFound: "会话中没有这一轮已完成的对话",
        PictureNotFound: "会话中没有这张图片",
        RunNotFound: "运行记录不存在",
    }

    def __init__(self, error: StoreError) -> None:
        super().__init__(self.TEXTS_ZH.get(type(error), "没有找到"), str(error))


class BadImage(ServerError):
    status = 400
    CAUSES_ZH: ClassVar[dict[str, str]] = {
        "base64": "不是有效的 base64 编码或 data URL",
        "empty": "内容为空",
        "format": "无法识别的图片格式",
        "damaged": "图片已损坏或不完整",
        "size": "像素数超过上限",
    }

    def __init__(self, error: ImageError) -> None:
        cause = self.CAUSES_ZH[error.reason]
        super().__init__(f"图片处理失败：{cause}（{error}）", f"the picture cannot be used: {error}")


class ImageTooBig(BadImage):
    status = 413


class ImageNotFetched(BadImage):
    """A picture cannot be fetched from its URL. `cause` must not hold what the other host sent."""

    def __init__(self, cause: str) -> None:
        ServerError.__init__(self, f"图片处理失败：无法获取（{cause}）", f"the picture cannot be fetched: {cause}")


class BodyTooLarge(ServerError):
    """The text does not give the size of the body: it is read no further than the limit."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"请求体过大：上限 {limit} 字节", f"the request body is over the limit of {limit} bytes")


class TooManyImages(ServerError):
    status = 413

    def __init__(self, num_images: int, limit: int) -> None:
        super().__init__(
            f"图片过多：共 {num_images} 张，上限 {limit} 张",
            f"the request has {num_images} pictures, the limit is {limit}",
        )


class PromptTooBig(ServerError):
    status = 413
    code = "context_length_exceeded"

    def __init__(self, error: PromptTooLong | CacheTooSmall) -> None:
        is_least = isinstance(error, PromptTooLong) and error.is_least
        super().__init__(
            f"内容过长：{'至少' if is_least else '共'} {error.num_tokens} 个 token，上限 {error.limit}",
            f"the question with its pictures has {'at least ' * is_least}{error.num_tokens} tokens, "
            f"the limit is {error.limit}",
        )
