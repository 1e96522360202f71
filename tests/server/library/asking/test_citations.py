"""What supports a sentence, and the quote that shows it."""

import random

import pytest

from server.library.asking.citations import MAX_QUOTE, Citer, find_quote
from tests.helpers.fake_library import KETTLE, PASSAGES
from tests.helpers.fake_library import make_passage as passage


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("The kettle costs €39.9.", 1),
        ("The K-200 has a warranty of two years.", 1),
        ("It is 1250 euros for the lamp L7.", 2),
        ("The cable of the lamp is 3 metres long.", 2),
        ("保温杯的售价是129元。", 3),
        ("它的保温时间是十二小时。", 3),
        ("The cup costs ￥129.", 3),
        ("这盏灯的价格是 1250 欧元。", 2),
        ("1. The kettle boils 1.7 litres.", 1),
        ("0/1: The kettle boils 1.7 litres.", 1),
        ("第 3 页写着保温杯有红色和蓝色。", 3),
    ],
)
def test_a_sentence_is_cited_from_the_passage_that_has_it(sentence: str, page: int) -> None:
    (citation,) = Citer(PASSAGES).cite(sentence)
    assert citation.passage.page == page
    assert citation.quote
    assert citation.quote in citation.passage.text


@pytest.mark.parametrize(
    "sentence",
    [
        "The kettle costs 45 euros.",
        "The lamp K-200 costs 1,250 euros.",
        "The documents do not mention a kettle that costs 39.90 euros.",
        "文档中没有提到保温杯的保修期。",
        "I could not find the warranty of the kettle.",
        "Hello, how can I help you?",
        "你好！",
        "The moon is made of green cheese.",
        "Yes.",
        "",
    ],
)
def test_what_no_passage_says_has_no_citation(sentence: str) -> None:
    assert Citer(PASSAGES).cite(sentence) == []


def test_a_sentence_may_join_what_several_passages_say() -> None:
    cited = Citer(PASSAGES).cite("The kettle costs 39.90 euros, and the lamp costs 1,250 euros.")
    assert [citation.passage.page for citation in cited] == [1, 2]


def test_a_clause_with_a_wrong_number_spoils_its_sentence() -> None:
    assert Citer(PASSAGES).cite("The kettle costs 39.90 euros, and the lamp costs 1,300 euros.") == []


def test_passages_are_numbered_by_their_first_use() -> None:
    citer = Citer(PASSAGES)
    for sentence in ("The lamp costs 1,250 euros.", "The kettle costs 39.90 euros.", "The lamp has a dimmer."):
        citer.cite(sentence)
    assert [(each.number, each.passage.page) for each in citer.citations] == [(1, 2), (2, 1)]


def test_a_quote_is_the_sentence_that_supports_and_its_offsets_are_those_of_the_page() -> None:
    (citation,) = Citer(PASSAGES).cite("The warranty of the kettle is two years.")
    assert citation.quote == "The warranty is two years."
    shown = citation.to_dict()
    assert (shown["page"], shown["name"], shown["document"]) == (1, "d.pdf", "d")
    assert shown["end"] - shown["start"] == len(shown["quote"])
    assert KETTLE[shown["start"] - 100 : shown["end"] - 100] == shown["quote"]


def test_a_row_of_a_sheet_is_cited_by_its_number() -> None:
    text = "name\tprice\nkettle\t39.90\nlamp\t1250"
    sheet = passage(text, 1, kind="table", sheet="Prices", first_row=10, last_row=12)
    (citation,) = Citer([sheet]).cite("The lamp has a price of 1,250.")
    assert citation.to_dict()["rows"] == [12, 12]
    assert citation.to_dict()["sheet"] == "Prices"


def test_rows_that_cannot_be_told_apart_are_cited_together() -> None:
    sheet = passage("kettle\t39.90 two\nlines", 1, sheet="Prices", first_row=10, last_row=10)
    (citation,) = Citer([sheet]).cite("The kettle: 39.90")
    assert citation.to_dict()["rows"] == [10, 10]


def test_a_heading_is_shown() -> None:
    (citation,) = Citer([passage(KETTLE, 1, heading="Kettles > K-200")]).cite("The kettle costs 39.90 euros.")
    assert citation.to_dict()["heading"] == "Kettles > K-200"


def test_a_scanned_page_that_only_the_model_saw_is_cited_without_a_quote_where_it_is_alone() -> None:
    scan = passage("", 4, kind="scan")
    (citation,) = Citer([scan]).cite("The kettle costs 45 euros.")
    assert (citation.to_dict()["page"], citation.quote, "start" in citation.to_dict()) == (4, "", False)
    assert Citer([scan, passage("", 5, kind="scan")]).cite("The kettle costs 45 euros.") == []
    assert Citer([scan]).cite("This is not mentioned in the document.") == []


def test_a_long_sentence_is_quoted_in_part() -> None:
    text = "word " * 100 + "the kettle costs 39.90 euros " + "more " * 100
    start, end = find_quote(text, "The kettle costs 39.90 euros.")
    assert "kettle costs 39.90" in text[start:end]
    assert end - start <= MAX_QUOTE


def test_quotes_of_any_text_are_within_it() -> None:
    draw = random.Random(1)
    signs = "ab1 .。\n，9-红色ﬁ㎏\u3000|"
    for _ in range(300):
        text = "".join(draw.choice(signs) for _ in range(draw.randint(0, 400)))
        start, end = find_quote(text, "".join(draw.choice(signs) for _ in range(20)))
        assert 0 <= start <= end <= len(text)
        assert end - start <= MAX_QUOTE
        assert text[start:end] == text[start:end].strip()


def test_one_or_two_common_words_make_no_citation() -> None:
    catalogue = [passage("蓝色条纹围巾\n颜色：蓝色\n图案：条纹\n价格：89元\n颜色以实物为准。", 1)]
    sheet = [passage("型号\t名称\t颜色\t单价\t图案\nTB-101\t马克杯\t白色\t36元\t纯色", 1, kind="table")]
    for sentence in (
        "抱歉，我只是演示模型，只认识商品卡片的种类、颜色、图案和价格。",
        "我可以帮您查询商品的种类、名称、颜色、图案和价格等各种信息。",
    ):
        assert Citer(catalogue).cite(sentence) == []
        assert Citer(sheet).cite(sentence) == []


def test_small_talk_is_not_from_a_scanned_page() -> None:
    citer = Citer([passage("", 4, kind="scan")])
    for sentence in (
        "你好！有什么可以帮您的吗？",
        "Sorry, I cannot help with that question.",
        "Happy to help you with it!",
    ):
        assert citer.cite(sentence) == []
    assert citer.cite("The invoice is from 3 March 2025.")


def test_after_a_refusal_of_one_thing_another_is_cited() -> None:
    (citation,) = Citer(PASSAGES).cite("文档中没有提到水壶，但保温杯的售价是129元。")
    assert citation.passage.page == 3


def test_a_quote_has_the_number_of_its_sentence() -> None:
    text = "第1页\n红色圆形杯垫\n型号 AB-101\n颜色：红色\n价格：12元\n颜色以实物为准。"
    start, end = find_quote(text, "红色圆形杯垫的价格是12元。")
    assert text[start:end].startswith("红色圆形杯垫")
    assert text[start:end].endswith("价格：12元")
    far = "红色圆形杯垫很好看\n" + "别的说明。" * 60 + "\n价格：12元"
    start, end = find_quote(far, "红色圆形杯垫的价格是12元。")
    assert far[start:end] == "价格：12元"
