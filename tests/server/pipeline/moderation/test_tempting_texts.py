"""How many harmless sentences are blocked and how many disguised words are found, as docs/moderation.md says."""

import re
from functools import cache

import pytest

from server.pipeline.moderation.stream import StreamFilter
from tests.helpers.paths import DOCS
from tests.helpers.tempting_texts import SETS, Texts

MAX_BLOCKED = {"fourth": 0.015, "fifth": 0.03, "sixth": 0.015, "seventh": 0.02, "held": 0.03}
"""Of the others at most `MAX_BLOCKED_FIRST`. The fifth has words that are everyday ones, as 奶奶的."""

MAX_BLOCKED_FIRST = 0.005
MIN_FOUND = 0.95
MIN_MEANT = 0.94


@cache
def load(name: str) -> Texts:
    return Texts.load(name)


@cache
def measure(name: str) -> tuple[tuple[int, int], ...]:
    """Return for each kind of sentence in how many of them a word was found, and how many there are."""
    texts = load(name)
    return tuple((len(texts.find_hits(each)), len(each)) for each in (texts.harmless, texts.disguised, texts.meant))


@pytest.mark.parametrize("name", SETS)
def test_harmless_sentences_pass_and_listed_words_are_found(name: str) -> None:
    (blocked, harmless), (found, disguised), (hits, meant) = measure(name)
    assert blocked <= MAX_BLOCKED.get(name, MAX_BLOCKED_FIRST) * harmless
    assert found >= MIN_FOUND * disguised
    assert hits >= MIN_MEANT * meant


def test_the_sets_are_large_and_different() -> None:
    assert len(load("first").harmless) >= 500
    assert len(load("first").disguised) >= 295
    texts = [text for name in SETS for text in (*load(name).harmless, *load(name).disguised, *load(name).meant)]
    assert len(texts) == len(set(texts))


def test_every_harmless_sentence_but_the_plain_ones_tempts() -> None:
    """Without its other words a sentence has the letters of a listed one, so passing it is no accident."""
    for name in SETS[2:]:
        texts = load(name)
        letters = ["".join(filter(str.isalnum, text.lower())) for text in texts.harmless]
        words = [word.text for word in texts.moderator.lists.words]
        assert sum(any(word in each for word in words) for each in letters) >= 0.9 * len(letters), name


@pytest.mark.parametrize("size", [1, 3])
def test_a_stream_finds_what_the_whole_text_has(size: int) -> None:
    texts = load("first")
    for text in (*texts.harmless, *texts.disguised, *texts.meant):
        stream_filter = StreamFilter(texts.moderator)
        shown = [stream_filter.feed(text[start : start + size]) for start in range(0, len(text), size)]
        shown.append(stream_filter.finish())
        verdict = texts.moderator.check(text)
        assert stream_filter.is_blocked == verdict.is_blocked, text
        assert "".join(shown) == (text[: verdict.hits[0].start] if verdict.hits else text), text


@pytest.mark.parametrize("page", ["moderation.md", "zh/moderation.md"])
def test_the_document_has_these_figures(page: str) -> None:
    rows = [[f"{found} / {all_}" for found, all_ in measure(name)] for name in SETS]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert re.findall(r"\| (\d+ / \d+) \| (\d+ / \d+) \| (\d+ / \d+) \|", text) == list(map(tuple, rows))
