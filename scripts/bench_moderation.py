"""Measure the time that moderation adds to a turn: `python scripts/bench_moderation.py`.

It draws 20,000 words, half Chinese and half Latin, and texts of 1,000 characters from the same letters, so that
beginnings of words are everywhere. The output is a table, and one JSON line at the end. Each time is the median over
many texts; the time of a text is the best of some tries, because a busy machine only adds to it.
"""

import argparse
import json
import random
import statistics
import string
import time
import timeit
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.stream import StreamFilter
from server.pipeline.moderation.word_lists import Action, Category, Word, WordLists

CATEGORY = Category("bench", Action.MASK, "bench", "bench")
COMMON_ZH = [chr(code_point) for code_point in range(0x4E00, 0x4E00 + 3000)]
TOKEN_LENGTH = {"zh": 2, "en": 4}
"""The number of characters of a token, by language."""

NUM_TRIES = 10


@dataclass(frozen=True)
class Measurement:
    """One row of the table: the mean number of hits in a text, and milliseconds to check it whole and as a stream."""

    language: str
    num_characters: int
    num_hits: float
    check_ms: float
    stream_ms: float


def draw_word(rng: random.Random, language: str) -> str:
    if language == "zh":
        return "".join(rng.choices(COMMON_ZH, k=rng.randint(2, 6)))
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 10)))


def draw_text(rng: random.Random, language: str, length: int) -> str:
    separator = "，" if language == "zh" else " "
    text = ""
    while len(text) < length:
        text += draw_word(rng, language) + separator
    return text[:length]


def draw_lists(rng: random.Random, num_words: int) -> WordLists:
    drawn: dict[str, None] = {}
    while len(drawn) < num_words:
        drawn[draw_word(rng, "zh" if len(drawn) % 2 else "en")] = None
    return WordLists((CATEGORY,), tuple(Word(text, CATEGORY, text) for text in drawn), digest="")


def stream_text(moderator: Moderator, text: str, length: int) -> None:
    stream_filter = StreamFilter(moderator)
    for start in range(0, len(text), length):
        stream_filter.feed(text[start : start + length])
    stream_filter.finish()


def measure_median_ms(run: Callable[[str], object], texts: Sequence[str]) -> float:
    taken_s = [min(timeit.repeat(partial(run, text), number=1, repeat=NUM_TRIES)) for text in texts]
    return round(statistics.median(taken_s) * 1000, 3)


def measure(moderator: Moderator, language: str, texts: Sequence[str]) -> Measurement:
    return Measurement(
        language,
        len(texts[0]),
        round(statistics.mean(len(moderator.check(text).hits) for text in texts), 1),
        measure_median_ms(moderator.check, texts),
        measure_median_ms(lambda text: stream_text(moderator, text, TOKEN_LENGTH[language]), texts),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure the time that moderation adds to a turn.")
    parser.add_argument("--words", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=200)
    given = parser.parse_args(arguments)
    rng = random.Random(1)
    lists = draw_lists(rng, given.words)
    started = time.perf_counter()
    moderator = Moderator(lists)
    build_s = round(time.perf_counter() - started, 2)
    print(f"{given.words:,} words, ready after {build_s} s")
    rows = []
    for language in TOKEN_LENGTH:
        texts = [draw_text(rng, language, given.characters) for _ in range(given.times)]
        rows.append(measure(moderator, language, texts))
    for row in rows:
        print(f"{row.language}  {row.num_hits:5} hits  check {row.check_ms:6.3f} ms  stream {row.stream_ms:6.3f} ms")
    print(json.dumps({"num_words": given.words, "build_s": build_s, "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
