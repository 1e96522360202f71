"""The form of a question."""

import pytest

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
