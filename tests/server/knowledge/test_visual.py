"""Questions that a picture itself may answer."""

import pytest

from server.knowledge.visual import is_about_picture


@pytest.mark.parametrize(
    "question",
    [
        "What is this?",
        "这是什么？",
        "what colour is it",
        "它是什么颜色",
        "How much?",
        "多少钱？",
        "第二个是什么花纹",
        "Describe it",
        "哪个更便宜？",
        "What does the label say? I see text",
        "？",
    ],
)
def test_what_can_be_seen_is(question: str) -> None:
    assert is_about_picture(question)


@pytest.mark.parametrize(
    "question",
    [
        "Do you sell boats?",
        "你们有船卖吗？",
        "能退货吗",
        "What is your return policy?",
        "是什么材质的？",
        "适合夏天穿吗",
        "How long is the warranty on this?",
        "Which shop is this from, and do you ship?",
    ],
)
def test_what_only_the_shop_knows_is_not(question: str) -> None:
    assert not is_about_picture(question)
