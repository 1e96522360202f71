"""The form of a question."""

import pytest

from server.errors.base import Language
from server.knowledge.question_form import leads_on, read_form


def test_the_form_lacks_what_says_nothing() -> None:
    form = read_form("Hello! Can I pay by card, please?", "en")
    assert form is not None
    assert (form.text, form.persons) == ("can pay by card", (1,))
    form = read_form("您好，请问你们什么时候发货呢？谢谢", "zh")
    assert form is not None
    assert (form.text, form.persons) == ("什么时候发货", (2,))


@pytest.mark.parametrize(
    ("first", "second"),
    [("Can I pay you?", "Can you pay me?"), ("my address", "your address"), ("can I pay", "can not I pay")],
)
def test_who_does_what_and_negations_tell_questions_apart(first: str, second: str) -> None:
    one, other = read_form(first, "en"), read_form(second, "en")
    assert one is not None
    assert other is not None
    assert not one.is_same(other)


def test_what_has_no_words_or_too_many_has_no_form() -> None:
    assert read_form("?", "en") is None
    assert read_form("谢谢", "zh") is None
    assert read_form("pay " * 200, "en") is None


@pytest.mark.parametrize("question", ["and the price?", "那运费呢", "is it free", "这个多少钱"])
def test_what_leads_on(question: str) -> None:
    assert leads_on(question)
    assert not leads_on("运费多少钱")


SAME_IN_ANOTHER_ORDER: list[tuple[Language, str, str]] = [
    ("zh", "可以退货吗", "退货可以吗"),
    ("zh", "发货后可以改地址吗", "发货后改地址可不可以"),
    ("zh", "多久发货", "发货要多久"),
    ("zh", "退货运费谁出", "谁出退货运费"),
    ("zh", "什么时候发货", "发货大概是什么时候呢"),
    ("zh", "怎么退货", "请问怎么办理退货"),
    ("zh", "运费多少钱", "运费要多少钱"),
    ("en", "Do you ship abroad?", "Can you ship abroad please"),
    ("en", "How do I cancel my order?", "how to cancel an order"),
    ("en", "Can I change the address before dispatch?", "Before dispatch, can I change the address?"),
    ("en", "How long does delivery take?", "How long does delivery usually take?"),
]
OTHER_IN_ANOTHER_ORDER: list[tuple[Language, str, str]] = [
    ("zh", "发货前可以付款吗", "付款前可以发货吗"),
    ("zh", "下单后多久发货", "发货后多久下单"),
    ("zh", "大号能换小号吗", "小号能换大号吗"),
    ("zh", "可以退货吗", "不退货可以吗"),
    ("zh", "可以不退货吗", "不可以退货吗"),
    ("zh", "可以开一般纳税人发票吗", "可以开纳税人发票吗"),
    ("zh", "怎么退货", "能退货吗"),
    ("zh", "谁付我运费", "我付谁运费"),
    ("en", "Can I return before paying?", "Can I pay before returning?"),
    ("en", "Can I ship from Spain to France?", "Can I ship from France to Spain?"),
    ("en", "How do I cancel my order?", "Can I cancel my order?"),
    ("en", "How do I pay?", "How do you pay?"),
    ("en", "Do you pay me?", "Do I pay you?"),
    ("en", "Can I not pay and return?", "Can I return and not pay?"),
]


@pytest.mark.parametrize(("language", "first", "second"), SAME_IN_ANOTHER_ORDER)
def test_another_order_that_asks_for_the_same_is_the_same(language: Language, first: str, second: str) -> None:
    one, other = read_form(first, language), read_form(second, language)
    assert one is not None
    assert other is not None
    assert one.is_same(other)


@pytest.mark.parametrize(("language", "first", "second"), OTHER_IN_ANOTHER_ORDER)
def test_another_order_that_asks_for_another_thing_is_not(language: Language, first: str, second: str) -> None:
    one, other = read_form(first, language), read_form(second, language)
    assert one is not None
    assert other is not None
    assert not one.is_same(other)
