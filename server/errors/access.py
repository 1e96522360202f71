"""Errors of access: who may ask, from where, and how much (401, 403, 415, 421 and 429)."""

from collections.abc import Sequence

from server.errors.base import RETRY_AFTER_S, ServerError

MAX_QUOTED = 100
"""The most characters of a header that a text repeats."""


class KeyMissing(ServerError):
    status = 401
    code = "invalid_api_key"
    challenge = "Bearer"

    def __init__(self) -> None:
        super().__init__(
            "缺少密钥：请在请求头 Authorization: Bearer 或 X-API-Key 中提供",
            "a key is needed: send it in the header Authorization: Bearer or X-API-Key",
        )


class KeyWrong(ServerError):
    """The text does not repeat the key, which may be a valid one with a typing mistake."""

    status = 401
    code = "invalid_api_key"
    challenge = 'Bearer error="invalid_token"'

    def __init__(self) -> None:
        super().__init__("密钥无效", "the key is not valid")


class Forbidden(ServerError):
    status = 403

    def __init__(self) -> None:
        super().__init__("需要 operator 角色的密钥", "this needs an operator's key")


class HostRefused(ServerError):
    """https://www.rfc-editor.org/rfc/rfc9110#section-15.5.20"""

    status = 421

    def __init__(self, host: str) -> None:
        super().__init__(
            f"主机名 {host[:MAX_QUOTED]!r} 不属于本服务：没有密钥时只接受本机的名称，其他名称请列入设置 "
            "allowed_hosts（--allowed-hosts）",
            f"the host {host[:MAX_QUOTED]!r} is not this server's: without keys it answers to the names of its own "
            "machine; list others in the setting allowed_hosts (--allowed-hosts)",
        )


class OriginRefused(ServerError):
    """`origin` is empty where the browser has only said that it is another."""

    status = 403

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"不接受{repr(origin[:MAX_QUOTED]) if origin else '其他来源'}的网页发出的请求：允许的来源请列入设置 "
            "cors_origins（--cors-origins）",
            f"pages of {repr(origin[:MAX_QUOTED]) if origin else 'other origins'} may not use this server: list "
            "origins that may in the setting cors_origins (--cors-origins)",
        )


class BodyTypeRefused(ServerError):
    status = 415

    def __init__(self, media_type: str) -> None:
        super().__init__(
            f"请求体必须是 JSON（Content-Type: application/json），而不是 {media_type[:MAX_QUOTED]!r}",
            f"the body must be JSON (Content-Type: application/json), not {media_type[:MAX_QUOTED]!r}",
        )


class QueueFull(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, max_requests: int) -> None:
        super().__init__(
            f"请求过多：已有 {max_requests} 个正在处理，请稍后重试",
            f"too many requests: {max_requests} are being answered already; try again in a moment",
        )


class RateExceeded(ServerError):
    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(
            f"请求过于频繁：该密钥每分钟上限 {per_minute} 次，请在 {retry_after_s} 秒后重试",
            f"too many requests: the key's limit is {per_minute} per minute; try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class TooManyStreams(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"并发请求过多：该密钥最多同时处理 {limit} 个请求，请稍后重试",
            f"too many requests at once: the key's limit is {limit}; try again in a moment",
        )


class QuotaSpent(ServerError):
    status = 429
    code = "insufficient_quota"

    def __init__(self, num_spent: int, limit: int, retry_after_s: int) -> None:
        super().__init__(
            f"今日额度已用完：该密钥已用 {num_spent} 个 token，上限 {limit}，UTC 零点后恢复",
            f"the quota of the day is spent: the key has used {num_spent} tokens, its limit is {limit}; "
            "it is renewed at midnight UTC",
        )
        self.retry_after_s = retry_after_s


class TokenRateExceeded(ServerError):
    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(
            f"token 用量过快：该密钥每分钟上限 {per_minute} 个 token，请在 {retry_after_s} 秒后重试",
            f"too many tokens: the key's limit is {per_minute} per minute; try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class ProfileForbidden(ServerError):
    status = 403
    param = "profile"

    def __init__(self, name: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"不能使用场景配置 {name!r}，可选的有：{'、'.join(allowed)}",
            f"the profile {name!r} may not be chosen here; choose one of {', '.join(allowed)}",
        )
