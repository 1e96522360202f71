"""A question made to stand alone by code: with the names of what it is about, or with the question it leads on from."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.knowledge.found import Asked, Mention
from server.library.asking.find import is_small_talk, write_query

GENERAL = frozenset({"category"})
"""Kinds of entities of which there are many products: a question that names one may still be about that of before."""

PROBLEMS = frozenset({"fault", "cause", "remedy"})
"""Kinds of entities that something has: a question that names one is about what was spoken of before, too."""


@dataclass(frozen=True)
class Standalone:
    """What is looked up: the question with all names, and without any. `subjects` are the entities it is about."""

    query: str
    rest: str
    subjects: tuple[Mention, ...] = ()


def make_standalone(asked: Asked, mentions: Sequence[Mention]) -> Standalone:
    """Return the newest question with what it is about.

    Names of its own stand for themselves, so that a new subject drops the old one. Where it names nothing, what its
    pictures show or an earlier text named is put in, or else the question that it leads on from.
    """
    subjects = choose_subjects(mentions)
    led_on = write_query([*_list_questions(asked), asked.question])
    names = [mention.name for mention in subjects if not _is_named(mention, led_on)]
    return Standalone(" ".join([*dict.fromkeys(names), led_on]), _leave_names_out(led_on, subjects), subjects)


def is_asked(question: str) -> bool:
    """Whether a text asks anything: small talk, and signs alone, find nothing."""
    return any(character.isalnum() for character in question) and not is_small_talk(question)


def choose_subjects(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Return what a question is about: the products that it names, else those of its pictures and of the dialogue."""
    own = [mention for mention in mentions if mention.origin == "question"]
    others = [mention for mention in mentions if mention.origin != "question"]
    if not own or all(mention.kind in PROBLEMS for mention in own):
        return (*own, *others)
    if all(mention.kind in GENERAL | PROBLEMS for mention in own):
        return (*own, *(other for other in others if any(_is_one_of(other, mention) for mention in own)))
    return tuple(own)


def _is_one_of(mention: Mention, category: Mention) -> bool:
    """Whether the name of a product has that of a category, as `blue shirt` has `shirt`."""
    name = f"{mention.name}\n{mention.text}".casefold()
    return any(each.casefold().rstrip("s") in name for each in (category.name, category.text))


def _is_named(mention: Mention, question: str) -> bool:
    folded = question.casefold()
    return mention.name.casefold() in folded or mention.text.casefold() in folded


def _leave_names_out(question: str, subjects: Sequence[Mention]) -> str:
    """Return what a question asks of its subjects; the question as it is where it says nothing else."""
    rest = question
    for mention in subjects:
        for name in (mention.text, mention.name):
            rest = rest.replace(name, " ") if name else rest
    return rest if is_asked(rest) else question


def _list_questions(asked: Asked) -> list[str]:
    """Return the user's texts before the question; where it is not known whose they are, the last is an answer."""
    return list(asked.questions or asked.earlier[-2::-2][::-1])
