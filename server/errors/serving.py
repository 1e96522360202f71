"""Errors that do not depend on what was asked: most of 5xx, paths that do not exist, and clients that leave."""

from http import HTTPStatus
from typing import ClassVar

from server.errors.base import RETRY_AFTER_S, ServerError


class ClientGone(ServerError):
    status = 499

    def __init__(self) -> None:
        super().__init__("客户端已断开", "the client has left")


class RequestTimedOut(ServerError):
    status = 504

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"处理超时：上限 {limit_s:g} 秒", f"the answer took longer than {limit_s:g} seconds")


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
        super().__init__("设备内存不足，请稍后重试", "the device has run out of memory; try again in a moment")


class StoreUnavailable(ServerError):
    """The database does not answer. Where it is and why it fails is only logged."""

    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(
            "暂时无法读写会话，请稍后重试", "sessions cannot be read or stored at the moment; try again in a moment"
        )


class HTTPError(ServerError):
    """An error of the framework, with the standard phrase of its status as the text."""

    TEXTS_ZH: ClassVar[dict[int, str]] = {
        400: "请求格式错误",
        404: "路径不存在",
        405: "不支持的请求方法",
        413: "请求体过大",
        415: "不支持的媒体类型",
    }

    def __init__(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        super().__init__(self.TEXTS_ZH.get(status, phrase), phrase.lower())
        self.status = status


class InternalError(ServerError):
    """An unexpected error. `error_id` is the id of the request, under which the log has the cause."""

    def __init__(self, error_id: str) -> None:
        super().__init__(f"内部错误，编号 {error_id}", f"internal error {error_id}")
        self.id = error_id
