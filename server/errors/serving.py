"""Errors that do not depend on what was asked: most of 5xx, paths that do not exist, and clients that leave."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar

from server.errors.access import MAX_QUOTED
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


class ResourcesSpent(ServerError):
    """The system gives no more: a disk is full, or there are too many files or processes. Which is only logged."""

    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(
            "系统资源不足，请稍后重试", "the system has no room for this at the moment; try again in a moment"
        )


class StoreUnavailable(ServerError):
    """The database does not answer. Where it is and why it fails is only logged."""

    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(
            "暂时无法读写会话，请稍后重试", "sessions cannot be read or stored at the moment; try again in a moment"
        )


class SearchTooSlow(ServerError):
    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"搜索超过 {limit_s:g} 秒，请稍后重试，或换更长的关键词",
            f"the search took longer than {limit_s:g} seconds; try again in a moment, or search for a longer text",
        )


class HTTPError(ServerError):
    """An error of the framework, with the standard phrase of its status as the text."""

    TEXTS_ZH: ClassVar[dict[int, str]] = {400: "请求格式错误", 413: "请求体过大", 415: "不支持的媒体类型"}

    def __init__(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        super().__init__(self.TEXTS_ZH.get(status, phrase), phrase.lower())
        self.status = status


class RouteNotFound(ServerError):
    """The server does not have the path. `nearest` is the one that was probably meant.

    `reason` says in English and Chinese why a path that clients know is not there.
    """

    status = 404

    def __init__(
        self, method: str, path: str, nearest: str | None = None, reason: tuple[str, str] | None = None
    ) -> None:
        route = f"{method} {path[:MAX_QUOTED]}"
        hint_en, hint_zh = reason or (f"did you mean {nearest}?", f"是否想用 {nearest}？")
        has_hint = reason is not None or nearest is not None
        super().__init__(
            f"没有路由 {route}" + f"：{hint_zh}" * has_hint, f"no route {route}" + f": {hint_en}" * has_hint
        )


class WidgetOff(ServerError):
    """A page of a shop asks for the chat window, which no origin may show."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "未启用聊天窗口：设置 widget_origins 没有列出来源",
            "there is no chat window: the setting widget_origins lists no origins",
        )


class MethodNotAllowed(ServerError):
    """The path is there, with other `methods`, which `Allow` names: https://www.rfc-editor.org/rfc/rfc9110#15.5.6"""

    status = 405

    def __init__(self, method: str, path: str, methods: Sequence[str]) -> None:
        path, named = path[:MAX_QUOTED], ", ".join(methods)
        super().__init__(f"{path} 不支持 {method}，可用的方法：{named}", f"{path} does not take {method}, but {named}")
        self.allow = named

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Allow": self.allow}


class InternalError(ServerError):
    """An unexpected error. `error_id` is the id of the request, under which the log has the cause."""

    def __init__(self, error_id: str) -> None:
        super().__init__(f"内部错误，编号 {error_id}", f"internal error {error_id}")
        self.id = error_id
