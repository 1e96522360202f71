"""Errors of what was asked (4xx): the same request would be refused again."""

from collections.abc import Mapping
from typing import ClassVar

from model.errors import CacheTooSmall, ImageError, PromptTooLong, SchemaError
from server.errors.base import ServerError, shorten
from server.store.errors import (
    ActionNotFound,
    CannedAnswerNotFound,
    CollectionNotFound,
    CustomerNotFound,
    DocumentNotFound,
    EntityNotFound,
    PageNotFound,
    PictureNotFound,
    QuestionNotFound,
    ResponseNotFound,
    RunNotFound,
    SessionNotFound,
    StoreError,
    TableNotFound,
    TurnNotFound,
)


class EmptyQuestion(ServerError):
    status = 400

    def __init__(self) -> None:
        super().__init__("问题不能为空", "the question must not be empty")


class MissingFields(ServerError):
    status = 400

    def __init__(self, *names: str) -> None:
        super().__init__("参数不完整", f"fields are missing or empty: {', '.join(names)}")


class BadBody(ServerError):
    """What was sent cannot be used; `cause` says why in English, `cause_zh` in Chinese. `param` names the field."""

    status = 400

    def __init__(self, cause: object, cause_zh: str | None = None, param: str | None = None) -> None:
        super().__init__(f"请求格式错误：{cause_zh or cause}", f"the request cannot be read: {cause}")
        self.param = param


class BodyEncodingRefused(ServerError):
    """The body is compressed in a way that is not known here (RFC 9110, section 15.5.16)."""

    status = 415

    def __init__(self, encoding: str) -> None:
        encoding = shorten(encoding)
        super().__init__(
            f"不支持的 Content-Encoding：{encoding}，请用 gzip、deflate 或不压缩",
            f"a body with the Content-Encoding {encoding} cannot be read: send it as gzip, deflate, or as it is",
        )

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Accept-Encoding": "gzip, deflate"}


class FieldRefused(ServerError):
    """A field is not supported, or its value is not; `cause` and `cause_zh` say why in English and Chinese."""

    status = 400

    def __init__(self, name: str, cause: str, cause_zh: str) -> None:
        name = shorten(name)
        super().__init__(f"参数 {name} 不可用：{cause_zh}", f"the field {name} cannot be used: {cause}")
        self.param: str = name
        self.cause, self.cause_zh = cause, cause_zh

    def rename(self, names: Mapping[str, str]) -> "FieldRefused":
        """Return this error under the name that the client knows, where `names` gives another for it."""
        known = names.get(self.param)
        return self if known is None else FieldRefused(known, self.cause, self.cause_zh)


class SchemaRefused(ServerError):
    status = 400
    CAUSES_ZH: ClassVar[dict[str, str]] = {
        "keyword": "使用了无法约束的 {}",
        "type": "{} 不是 JSON 的类型",
        "form": "有关键字的值格式不对",
        "unsatisfiable": "没有任何回答能符合它",
        "reference": "有引用在 schema 内没有对应的内容",
        "recursion": "有引用无限指向自身",
        "one_of": "oneOf 的各分支无法通过类型或同一属性的 const、enum 区分；可以改用 anyOf",
        "pattern": "有 pattern 不是正则表达式，或者用到了环视或反向引用",
        "surrogate": "文本里有半个字符（单独的代理项）",
        "number": "有数值过大",
        "depth": "嵌套过深",
        "size": "过大或过于复杂",
        "arguments": "参数必须是一个对象",
        "prefix": "要续写的消息不是这种回答的开头",
        "other": "无法约束",
    }

    def __init__(self, error: SchemaError) -> None:
        text = self.CAUSES_ZH[error.reason]
        cause = f"{text}：{error.detail}" if error.detail and "{}" not in text else text.format(error.detail)
        place = f"函数 {error.tool} 的 schema：" if error.tool else ""
        super().__init__(f"JSON schema 不可用：{place}{cause}", f"the answer cannot be made to follow {error}")
        self.param = "messages" if error.reason == "prefix" else "tools" if error.tool else "response_format"


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
        super().__init__(f"模型不存在：{shorten(name)}", f"model {shorten(name)!r} not found")


class NotStored(ServerError):
    """There is no such thing in the store, or another owner has it."""

    status = 404
    TEXTS_ZH: ClassVar[dict[type[StoreError], str]] = {
        CannedAnswerNotFound: "没有这条常用回复",
        SessionNotFound: "会话不存在",
        TurnNotFound: "会话中没有这一轮已完成的对话",
        PictureNotFound: "会话中没有这张图片",
        RunNotFound: "运行记录不存在",
        ResponseNotFound: "没有保存过这个响应",
        DocumentNotFound: "文档不存在",
        PageNotFound: "文档没有这一页，或尚未读到",
        TableNotFound: "表格不存在",
        CollectionNotFound: "集合不存在",
        QuestionNotFound: "没有这个问题",
        ActionNotFound: "没有这个待办操作",
        CustomerNotFound: "没有这位顾客",
        EntityNotFound: "商品图谱中没有这一项",
    }

    def __init__(self, error: StoreError) -> None:
        super().__init__(self.TEXTS_ZH.get(type(error), "没有找到"), str(error))


class PreviousResponseNotFound(ServerError):
    """The status and the code are OpenAI's."""

    status = 400
    code = "previous_response_not_found"
    param = "previous_response_id"

    def __init__(self, response_id: str) -> None:
        super().__init__(
            f"响应 {response_id!r} 没有保存，或它之前的某个响应已被删除，不能接着它继续",
            f"the response {response_id!r} cannot be followed: it is not stored, or one before it was deleted",
        )


class BadImage(ServerError):
    status = 400
    CAUSES_ZH: ClassVar[dict[str, str]] = {
        "base64": "不是有效的 base64 编码或 data URL",
        "empty": "内容为空",
        "format": "无法识别的图片格式",
        "vector": "不支持 SVG、PDF 等矢量格式，请转换为 PNG 或 JPEG",
        "depth": "JPEG 每个颜色分量须为 8 位",
        "damaged": "图片已损坏或不完整",
        "size": "像素数超过上限",
        "ratio": "长宽比超过上限",
        "slow": "解码用时过长",
        "memory": "解码占用内存过多",
        "crash": "解码进程意外结束",
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
        self.cause = cause


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


class InputTooLong(PromptTooBig):
    """A dialogue of the Responses API whose `truncation` is `disabled`; the status is OpenAI's."""

    status = 400
    param = "input"
