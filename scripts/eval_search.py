"""Measures how well passages are found: `python scripts/eval_search.py`.

Stores the passages of `scripts/search_eval` and asks its questions, in the folder's own words. Prints a row for each
kind and language of questions, and one JSON line at the end. `--passages 100000` fills up with made passages, and
measures the time of a search among them.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.search_eval.corpus import Question, add_distractors, add_passages, read_questions
from server.library.embedder import load_embedder
from server.library.search import PassageSearch, is_relevant
from server.store.store import Store, open_store

OWNER = "eval"
FOUND = 5
"""How many passages are looked at."""


@dataclass(frozen=True)
class Answer:
    """A question with the place of its passage among those found, from 1, or None, and whether any was relevant."""

    question: Question
    place: int | None
    is_any_relevant: bool
    is_place_relevant: bool
    seconds: float


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1 over some questions: `kept` is that of right passages which count as relevant too.

    `mrr` is the mean of one divided by the place of the right passage. Of questions without an answer, `silent` is the
    share where nothing relevant was found.
    """

    num: int
    recall_1: float
    recall_5: float
    mrr: float
    kept: float
    silent: float

    @classmethod
    def compute(cls, answers: Sequence[Answer]) -> "Figures":
        """Return the figures of answers, those with a passage by themselves."""
        places = [answer.place for answer in answers if answer.question.expected]
        found = [answer for answer in answers if answer.place is not None]
        unanswerable = [answer for answer in answers if not answer.question.expected]
        return cls(
            len(answers),
            _mean(place == 1 for place in places),
            _mean(place is not None for place in places),
            _mean(1 / place if place else 0.0 for place in places),
            _mean(answer.is_place_relevant for answer in found),
            _mean(not answer.is_any_relevant for answer in unanswerable),
        )


def _mean(values: Iterable[float]) -> float:
    listed = [float(value) for value in values]
    return round(sum(listed) / len(listed), 3) if listed else 0.0


async def ask(search: PassageSearch, collection_id: int, names: dict[int, str], question: Question) -> Answer:
    """Search for a question, and see where its passage is."""
    begun = time.perf_counter()
    hits = await search.search_collections(OWNER, [collection_id], question.text, FOUND)
    seconds = time.perf_counter() - begun
    found = [place for place, hit in enumerate(hits, start=1) if names.get(hit.passage.id) in question.expected]
    place = found[0] if found else None
    is_place_relevant = place is not None and is_relevant(hits[place - 1])
    return Answer(question, place, any(is_relevant(hit) for hit in hits), is_place_relevant, seconds)


async def evaluate(store: Store, num_passages: int = 0, model: Path | None = None) -> list[Answer]:
    """Store the passages and ask all questions."""
    collection = await store.library.open_named_collection(OWNER, "evaluation")
    names = await add_passages(store.library, collection)
    await add_distractors(store.library, collection, num_passages - len(names))
    search = PassageSearch(store.library, load_embedder(model) if model else None)
    await search.embed_missing()
    return [await ask(search, collection.id, names, question) for question in read_questions()]


def group(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    """Yield the answers by kind and language, then by split, then all."""
    for kind in dict.fromkeys(answer.question.kind for answer in answers):
        for language in ("zh", "en"):
            of_both = [a for a in answers if (a.question.kind, a.question.language) == (kind, language)]
            yield f"{kind} {language}", of_both
    for split in ("dev", "held"):
        yield split, [answer for answer in answers if answer.question.split == split]
    yield "all", list(answers)


def format_table(answers: Sequence[Answer]) -> str:
    """Return the figures as a table in Markdown."""
    rows = [
        "| questions | number | recall@1 | recall@5 | MRR | right ones kept | silent |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, some in group(answers):
        figures = Figures.compute(some)
        shares = [figures.recall_1, figures.recall_5, figures.mrr, figures.kept]
        texts = [f"{share:.3f}" for share in shares] if any(a.question.expected for a in some) else ["-"] * 4
        silent = f"{figures.silent:.3f}" if any(not a.question.expected for a in some) else "-"
        rows.append(f"| {name} | {figures.num} | {' | '.join([*texts, silent])} |")
    return "\n".join(rows)


def list_misses(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield a line for each question whose passage was not found, and for each without an answer that found one."""
    for answer in answers:
        question = answer.question
        if question.split == "held":  # else the ranking would be made on them
            continue
        if question.expected and not (answer.place == 1 and answer.is_place_relevant):
            place = f"place {answer.place}" if answer.place else "not found"
            yield f"{question.split} {question.kind}: {question.text} -> {place}, relevant: {answer.is_place_relevant}"
        if not question.expected and answer.is_any_relevant:
            yield f"{question.split} {question.kind}: {question.text} -> found something"


async def run(arguments: argparse.Namespace) -> None:
    """Evaluate on a database, a new file of SQLite by default, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(arguments.database_url or f"sqlite:///{folder}/eval.db") as store:
            answers = await evaluate(store, arguments.passages, arguments.embedding_model)
    print(format_table(answers))
    if arguments.misses:
        print(*list_misses(answers), sep="\n")
    times = sorted(answer.seconds * 1000 for answer in answers)
    result = {
        "passages": arguments.passages,
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        **Figures.compute(answers).__dict__,
    }
    print(json.dumps(result))


def main(argv: Sequence[str]) -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=0, help="fill up to this number of passages")
    parser.add_argument("--database-url", help="an empty database; a new SQLite file without it")
    parser.add_argument("--embedding-model", type=Path, help="the folder of an ONNX model")
    parser.add_argument("--misses", action="store_true", help="list questions of the first split that go wrong")
    asyncio.run(run(parser.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
