"""Measures how well questions find their sources in the knowledge base: `python scripts/eval_knowledge.py`.

Reads the example shop as a server does, and asks the questions of `scripts/knowledge_eval` with all stages of the
profile `shop` before a demo model, which names what pictures show. Prints a row for each kind and language, and one
JSON line at the end. The exit status is 0 if the limits hold: enough right sources found and shown to the model, and
no question answered from a source that none of them answers.

`--described` says what pictures show as text, without the model. `--misses` lists what went wrong, but of the set
held-out only how much: else the search would be made on it.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from scripts.knowledge_eval.asking import NUM_LOOKED_AT, Answer, ask, describe
from scripts.knowledge_eval.questions import SETS, Question, read_questions
from scripts.knowledge_eval.shop import open_shop
from server.composition.services import Services
from server.process.application import create_engine, load_model
from server.settings.settings import Settings
from server.store.store import open_store

MIN_SHARE = 0.9
"""The least recall@5, and the least share of questions whose right source the model is shown."""


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1 over the answerable of some questions, and how many of the others were answered from a source.

    `recall_5` and `mrr` are about the passages and facts found, `shown` about what the model is given; `verbatim` and
    `verbatim_wrong` are how many were answered word for word, and how many of these with the wrong entry.
    """

    num: int
    recall_5: float
    mrr: float
    shown: float
    verbatim: int
    verbatim_wrong: int
    unanswerable: int
    answered_wrongly: int

    @classmethod
    def compute(cls, answers: Sequence[Answer]) -> "Figures":
        """Return the figures of answers."""
        able = [answer for answer in answers if answer.question.is_answerable]
        unable = [answer for answer in answers if not answer.question.is_answerable]
        verbatim = [answer for answer in answers if answer.is_verbatim]
        return cls(
            len(able),
            _mean(answer.place is not None and answer.place <= NUM_LOOKED_AT for answer in able),
            _mean(1 / answer.place if answer.place else 0.0 for answer in able),
            _mean(answer.is_source_shown for answer in able),
            len(verbatim),
            sum(not answer.is_source_shown for answer in verbatim),
            len(unable),
            sum(answer.is_from_source for answer in unable),
        )

    @property
    def are_good(self) -> bool:
        """Whether the limits hold."""
        is_found = not self.num or min(self.recall_5, self.shown) >= MIN_SHARE
        return is_found and not self.verbatim_wrong and not self.answered_wrongly


def _mean(values: Iterable[float]) -> float:
    listed = [float(value) for value in values]
    return round(sum(listed) / len(listed), 3) if listed else 0.0


async def evaluate(services: Services, questions: Sequence[Question]) -> list[Answer]:
    """Ask questions one after another."""
    return [await ask(services, question) for question in questions]


def group(answers: Sequence[Answer]) -> Iterator[tuple[str, list[Answer]]]:
    """Yield the answers by kind and language, then by language, then all."""
    for kind in dict.fromkeys(answer.question.kind for answer in answers):
        for language in ("zh", "en"):
            of_both = [a for a in answers if (a.question.kind, a.question.language) == (kind, language)]
            yield f"{kind} {language}", of_both
    for language in ("zh", "en"):
        yield language, [answer for answer in answers if answer.question.language == language]
    yield "all", list(answers)


def format_table(answers: Sequence[Answer]) -> str:
    """Return the figures as a table in Markdown."""
    rows = [
        "| questions | answerable | recall@5 | MRR | shown | verbatim | wrong | unanswerable | answered |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, some in group(answers):
        each = Figures.compute(some)
        shares = [f"{share:.3f}" if each.num else "-" for share in (each.recall_5, each.mrr, each.shown)]
        cells = [each.num, *shares, each.verbatim, each.verbatim_wrong, each.unanswerable, each.answered_wrongly]
        rows.append(f"| {name} | {' | '.join(map(str, cells))} |")
    return "\n".join(rows)


def list_misses(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield a line for each question that went wrong."""
    for answer in answers:
        question = answer.question
        is_found = answer.place is not None and answer.place <= NUM_LOOKED_AT
        if not answer.is_right or (question.is_answerable and not is_found):
            state = f"place {answer.place}, shown {answer.is_source_shown}, verbatim {answer.is_verbatim}"
            earlier = "".join(f"{text} >> " for text in question.earlier)
            yield f"{question.kind} {question.language}: {question.picture} {earlier}{question.text} -> {state}"
            yield from (f"    {line}" for line in answer.shown)


async def run(arguments: argparse.Namespace) -> bool:
    """Evaluate in a new database, and print the figures; return whether the limits hold."""
    questions = read_questions(arguments.set)
    if arguments.described:
        questions = [describe(question) for question in questions]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(model=arguments.model, embedding_model=arguments.embedding_model)
        engine = create_engine(settings, await asyncio.to_thread(load_model, settings))
        try:
            async with (
                open_store(arguments.database_url or f"sqlite:///{folder}/eval.db") as store,
                open_shop(store, engine, settings) as services,
            ):
                answers = await evaluate(services, questions)
        finally:
            await engine.close()
    report(answers, arguments)
    return Figures.compute(answers).are_good


def report(answers: Sequence[Answer], arguments: argparse.Namespace) -> None:
    """Print the figures."""
    if not arguments.json:
        print(format_table(answers))
    if arguments.misses and arguments.set == "dev":
        print(*list_misses(answers), sep="\n")
    figures = Figures.compute(answers)
    by_language = {name: asdict(Figures.compute(some)) for name, some in group(answers) if name in ("zh", "en")}
    print(json.dumps({"set": arguments.set, **asdict(figures), "is_good": figures.are_good, **by_language}))


def main(argv: Sequence[str]) -> int:
    """Read the command line and run; return the exit status."""
    defaults = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=list(SETS), default="dev", help="which questions to ask")
    parser.add_argument("--described", action="store_true", help="say as text what pictures show")
    parser.add_argument("--model", default=defaults.model, help="the model that names what pictures show")
    parser.add_argument("--embedding-model", default=defaults.embedding_model, help="the folder of an ONNX model")
    parser.add_argument("--database-url", help="an empty database; a new SQLite file without it")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    parser.add_argument("--misses", action="store_true", help="list the questions that went wrong")
    return 0 if asyncio.run(run(parser.parse_args(argv))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
