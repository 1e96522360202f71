"""Errors of how a request comes in: too slowly, in too many pieces, beside too many others, or not as HTTP has it."""

from server.errors.base import RETRY_AFTER_S, ServerError


class RequestTooSlow(ServerError):
    """The rest of the request may still be on its way, so the connection cannot be used for another."""

    status = 408

    def __init__(self) -> None:
        super().__init__("请求接收超时：发送过慢", "the request has not come in time: it was sent too slowly")

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, "Connection": "close"}


class BodyMemoryFull(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__(
            "请求体占用的内存已满，请稍后重试",
            "the bodies of other requests take all memory that there is for them; try again in a moment",
        )


class TooManyParts(ServerError):
    status = 413

    def __init__(self, num_parts: int, limit: int) -> None:
        super().__init__(
            f"消息及其内容过多：共 {num_parts} 项，上限 {limit} 项",
            f"the request has {num_parts} messages and parts of messages, the limit is {limit}",
        )


class BodyTooComplex(ServerError):
    """The text says `at least`: the body is read no further than the limit."""

    status = 413

    def __init__(self, num_values: int, limit: int) -> None:
        super().__init__(
            f"JSON 结构过于复杂：至少 {num_values} 个值，上限 {limit} 个",
            f"the JSON has at least {num_values} values, the limit is {limit}",
        )


class TooManyConnections(ServerError):
    status = 503
    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("连接过多，请稍后重试", "too many connections; try again in a moment")


class MalformedRequest(ServerError):
    """The request breaks a rule of HTTP, or asks for a part of it that is not there. `cause` repeats nothing of it."""

    status = 400

    def __init__(self, status: int, cause_zh: str, cause: str) -> None:
        super().__init__(f"HTTP 请求无效：{cause_zh}", f"the HTTP request cannot be answered: {cause}")
        self.status = status
