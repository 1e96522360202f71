"""What the shop refuses: a status, a code for programs, and a sentence in Chinese and in English."""

from typing import Any


class ShopRefusal(Exception):
    """A request that the shop does not carry out; nothing was changed."""

    def __init__(self, status: int, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.status = status
        self.code = code
        self.zh = zh
        self.en = en

    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "zh": self.zh, "en": self.en}}


def refuse_secret() -> ShopRefusal:
    return ShopRefusal(401, "wrong_secret", "密钥不对。", "The secret is wrong or missing.")


def refuse_order(number: str) -> ShopRefusal:
    """Refuse an order that is not there, or is another customer's: the answers are the same."""
    return ShopRefusal(404, "order_not_found", f"没有找到订单 {number}。", f"There is no order {number}.")


def refuse_line(number: str, line: int) -> ShopRefusal:
    zh, en = f"订单 {number} 没有第 {line} 项。", f"Order {number} has no item {line}."
    return ShopRefusal(404, "line_not_found", zh, en)


def refuse_product(code: str) -> ShopRefusal:
    return ShopRefusal(404, "product_not_found", f"没有商品 {code}。", f"There is no product {code}.")


def refuse_state(number: str, code: str, zh: str, en: str) -> ShopRefusal:
    """Refuse a change that an order is not in the state for. `zh` and `en` say why, as the rest of a sentence."""
    return ShopRefusal(409, code, f"订单 {number} {zh}。", f"Order {number} {en}.")


def refuse_request(cause: str) -> ShopRefusal:
    return ShopRefusal(400, "bad_request", f"请求有误：{cause}", f"The request is wrong: {cause}")
