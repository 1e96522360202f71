"""Errors of customers: tokens that are not valid, what customers may not do, and their limits (401, 403, 429)."""

from typing import Literal

from server.errors.base import RETRY_AFTER_S, ServerError, shorten

TokenFault = Literal[
    "damaged",
    "issuer",
    "algorithm",
    "signature",
    "subject",
    "claims",
    "named",
    "expired",
    "early",
    "lifetime",
    "revoked",
]
"""What is wrong with a customer's token."""

FAULTS: dict[TokenFault, tuple[str, str]] = {
    "damaged": ("格式不正确", "it is damaged, or lacks sub or exp"),
    "issuer": ("签发者 iss 不是有效密钥的名称", "its iss is not the name of a valid key"),
    "algorithm": ("签名算法不是该密钥所用的", "its algorithm is not one that its key has"),
    "signature": ("签名不正确", "its signature is wrong"),
    "subject": (
        "sub 须为 1 至 200 个字符，不能全是空白，且不含控制字符",
        "its sub must have 1 to 200 characters, not only spaces, and no control characters",
    ),
    "claims": ("claims 过大，上限 4096 字节", "its claims have more than 4096 bytes"),
    "named": ("不是匿名访客的令牌", "it is not one of an anonymous visitor"),
    "expired": ("已过期", "it has expired"),
    "early": ("尚未生效", "it is not valid yet"),
    "lifetime": ("有效期过长", "it is valid for longer than the server allows"),
    "revoked": ("已被撤销", "it was revoked"),
}
"""The Chinese and the English text of each."""


class CustomerTokenWrong(ServerError):
    """The text says what is wrong, and does not repeat the token."""

    status = 401
    code = "invalid_api_key"
    challenge = 'Bearer error="invalid_token"'

    def __init__(self, fault: TokenFault) -> None:
        zh, en = FAULTS[fault]
        super().__init__(f"顾客令牌无效：{zh}", f"the customer's token is not valid: {en}")
        self.fault = fault


class CustomerForbidden(ServerError):
    """`param` is the field or header that a customer may not set, where it is one."""

    status = 403

    def __init__(self, zh: str, en: str, param: str | None = None) -> None:
        super().__init__(zh, en)
        self.param = param

    @classmethod
    def for_route(cls) -> "CustomerForbidden":
        return cls("顾客令牌不能使用此接口", "this is not open to customers' tokens")

    @classmethod
    def for_field(cls, name: str) -> "CustomerForbidden":
        name = shorten(name)
        return cls(f"顾客令牌不能设置 {name}", f"{name} may not be set with a customer's token", name)


class NotACustomer(ServerError):
    """A key, or no token at all, where a customer's token is needed."""

    status = 403

    def __init__(self) -> None:
        super().__init__("需要顾客令牌", "this needs a customer's token")


class TokenForbidden(ServerError):
    """The key of a person at the desk, who must not act as the customers there."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "agent 角色的密钥不能签发顾客令牌：客服人员不能以顾客的身份行事",
            "an agent's key makes no customers' tokens: people at the desk do not act as customers",
        )


class AnonymousRefused(ServerError):
    """`key` is the name in the setting, empty where none is."""

    status = 403

    def __init__(self, key: str) -> None:
        if key:
            zh, en = f"设置 anonymous_customers 中的密钥 {key} 不存在", f"there is no key {key}, which it is set to"
        else:
            zh, en = "设置 anonymous_customers 未指定密钥", "it is not set to a key"
        super().__init__(
            f"不接受匿名顾客：{zh}", f"visitors without a token are not let in by the setting anonymous_customers: {en}"
        )


class CustomerRateExceeded(ServerError):
    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(
            f"请求过于频繁：每位顾客每分钟上限 {per_minute} 次，请在 {retry_after_s} 秒后重试",
            f"too many requests: a customer's limit is {per_minute} per minute; try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s


class TooManyCustomerStreams(ServerError):
    status = 429
    code = "rate_limit_exceeded"
    retry_after_s = RETRY_AFTER_S

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"并发请求过多：每位顾客最多同时处理 {limit} 个请求，请稍后重试",
            f"too many requests at once: a customer's limit is {limit}; try again in a moment",
        )


class AnonymousRateExceeded(ServerError):
    status = 429
    code = "rate_limit_exceeded"

    def __init__(self, per_minute: int, retry_after_s: int) -> None:
        super().__init__(
            f"匿名顾客过多：每分钟上限 {per_minute} 位，请在 {retry_after_s} 秒后重试",
            f"too many anonymous visitors: the limit is {per_minute} per minute; try again in {retry_after_s} s",
        )
        self.retry_after_s = retry_after_s
