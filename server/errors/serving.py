"""What keeps the server from answering, whoever asks what: most of 5xx, and clients that leave."""

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


class HTTPError(ServerError):
    TEXTS_ZH: ClassVar[dict[int, str]] = {404: "路径不存在", 405: "不支持的请求方法"}

    def __init__(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        super().__init__(self.TEXTS_ZH.get(status, phrase), phrase.lower())
        self.status = status


class InternalError(ServerError):
    """The id is the request's, which its answer has as a header too."""

    def __init__(self, error_id: str) -> None:
        super().__init__(f"内部错误，编号 {error_id}", f"internal error {error_id}")
        self.id = error_id
