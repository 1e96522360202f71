"""Sentences that say nothing of documents."""

import pytest

from server.library.asking.disclaimers import find_claim, is_courtesy


@pytest.mark.parametrize(
    "sentence",
    [
        "抱歉，我只是演示模型，只认识商品卡片的种类、颜色、图案和价格。",
        "合同中没有关于宠物的规定。",
        "手册里没写加班费怎么算。",
        "合同未约定续租的优先权。",
        "我不确定合同里有没有提到这一点。",
        "The manual does not say how loud it is.",
        "The handbook doesn't cover wedding leave.",
        "There is no mention of the noise level.",
        "The price isn't listed.",
        "I'm sorry, but I don't know.",
        "I am only a demo model and know product cards.",
        "Nothing is said about pets in the contract.",
    ],
)
def test_what_is_no_claim(sentence: str) -> None:
    claim = find_claim(sentence)
    assert len(claim) < len(sentence) / 2


@pytest.mark.parametrize(
    "sentence",
    [
        "The brewing unit must not be washed in the dishwasher.",
        "Cash on delivery isn't available.",
        "The warranty does not cover seals.",
        "The price does not include VAT.",
        "生鲜食品不支持退货。",
        "未经甲方书面同意，乙方不得转租。",
        "本合同未约定的事项由双方协商。",
        "Nothing may be placed on the housing.",
    ],
)
def test_what_documents_say_of_what_is_not_so(sentence: str) -> None:
    assert find_claim(sentence) == sentence


def test_what_stands_after_a_but_is_a_claim() -> None:
    assert find_claim("文档中没有提到宠物，但押金是142,101元。") == "押金是142,101元。"
    assert find_claim("Pets are not mentioned, but the deposit is 500 euros.") == " the deposit is 500 euros."


def test_courtesies() -> None:
    assert is_courtesy("你好！有什么可以帮您的吗？")
    assert is_courtesy("Which page do you mean?")
    assert not is_courtesy("The kettle is red.")
