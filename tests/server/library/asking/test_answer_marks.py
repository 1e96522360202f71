"""Marks at the ends of sentences, in answers that come in pieces."""

import random
import re

import pytest

from server.library.asking.answer_marks import JSONCiter, MarkWriter
from server.library.asking.citations import Citer
from tests.helpers.fake_library import PASSAGES, cut, remove_marks

MARKED = [
    ("The kettle costs 39.90 euros. Hello there.", "The kettle costs 39.90 euros.[1] Hello there."),
    ("The kettle costs 39.90 euros", "The kettle costs 39.90 euros[1]"),
    ("The lamp costs 1,250 euros [7]. Bye", "The lamp costs 1,250 euros.[1] Bye"),
    ("保温杯售价129元。保修期为一年！", "保温杯售价129元。[1]保修期为一年！[1]"),
    ("“保温杯售价129元。”他说", "“保温杯售价129元。”[1]他说"),
    ("- The kettle costs 39.90 euros\n- Something else\n", "- The kettle costs 39.90 euros[1]\n- Something else\n"),
    ("| kettle | costs 39.90 |\n| x | y |", "| kettle | costs 39.90 [1]|\n| x | y |"),
    ("```\nkettle costs 39.90 euros.\n```", "```\nkettle costs 39.90 euros.\n```"),
    ("The kettle K-200 costs 39.90...", "The kettle K-200 costs 39.90...[1]"),
    ("", ""),
]


def write(text: str, seed: int) -> tuple[str, Citer]:
    citer = Citer(PASSAGES)
    writer = MarkWriter(citer)
    return "".join(map(writer.feed, cut(text, seed))) + writer.finish(), citer


@pytest.mark.parametrize(("text", "marked"), MARKED)
def test_marks_stand_at_the_ends_of_sentences(text: str, marked: str) -> None:
    assert {write(text, seed)[0] for seed in range(20)} == {marked}


def test_text_is_not_held_back_until_its_sentence_ends() -> None:
    writer = MarkWriter(Citer(PASSAGES))
    assert writer.feed("The kettle costs") == "The kettle costs"


def test_without_its_marks_an_answer_is_what_the_model_wrote_without_its_own() -> None:
    draw = random.Random(7)
    pieces = [
        "The kettle costs 39.90 euros",
        "售价129元",
        ". ",
        "。",
        "[1]",
        " [2]",
        "\n",
        "|",
        "`",
        "```",
        "【3】",
        " ",
        "x",
        "?",
    ]
    for seed in range(300):
        text = "".join(draw.choice(pieces) for _ in range(draw.randint(0, 30)))
        marked, citer = write(text, seed)
        numbers = [int(number) for number in re.findall(r"\[(\d+)\]", marked)] if "`" not in text else []
        assert set(numbers) <= {citation.number for citation in citer.citations}
        if "`" not in text:
            assert re.sub(r"\[\d+\]", "", marked) == remove_marks(text)
        for citation in citer.citations:
            page = next(each for each in PASSAGES if each.page == citation.to_dict()["page"])
            assert page.text[citation.start - page.start : citation.end - page.start] == citation.quote


def test_json_keeps_its_text_and_its_values_are_cited() -> None:
    citer = Citer(PASSAGES)
    writer = JSONCiter(citer)
    text = '{"kettle costs": 39.90, "note": [1], "lamp": "has a dimmer"}'
    assert "".join(map(writer.feed, cut(text, 3))) + writer.finish() == text
    assert [citation.passage.page for citation in citer.citations] == [1, 2]


def test_json_that_was_cut_off_has_no_citations() -> None:
    citer = Citer(PASSAGES)
    writer = JSONCiter(citer)
    writer.feed('{"kettle costs": 39.')
    assert (writer.finish(), citer.citations) == ("", [])
