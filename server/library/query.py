"""What a question asks for: the tokens to look up, with their weights.

Question words and politeness are left out: they say nothing about what is looked for, and few passages have them, so
that they would count for much. Words that mean the same are looked up too, for less.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice

from server.library.synonyms import find_synonyms
from server.store.passage_tokens import POINT, normalise, stem, tokenize

WORDS = files("server.library") / "words"

MAX_CHARACTERS = 2000
"""How much of a longer text is looked up."""

MAX_TOKENS = 64
"""How many different tokens of a question are looked up, the heaviest first."""

MAX_SYNONYMS = 16
"""How many words of a question those that mean the same are looked up for."""

CHARACTER_WEIGHT = 0.35
"""The weight of a single Chinese character beside pairs, which are more certain."""

CODE_WEIGHT = 3.5
SYNONYM_WEIGHT = 0.5
NUMBER_WEIGHT = 0.6

CODE = re.compile(rf"[a-z]+[0-9][a-z0-9{POINT}]*|[0-9{POINT}]+[a-z][a-z0-9{POINT}]*|[0-9]{{5,}}")


@dataclass(frozen=True)
class Synonym:
    """A word of the question by its tokens, and the tokens of each word that means the same."""

    tokens: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Query:
    """The weights of the tokens that are asked for, and words that mean the same as some of them."""

    weights: dict[str, float]
    synonyms: tuple[Synonym, ...] = ()

    @property
    def looked_up(self) -> dict[str, float]:
        """The weights of all tokens that are looked up, with those of synonyms."""
        found = dict(self.weights)
        for synonym in self.synonyms:
            for token in (token for other in synonym.others for token in other):
                found.setdefault(token, SYNONYM_WEIGHT * weigh(token, is_alone=False))
        return found


def parse_query(question: str) -> Query:
    """Return what a question asks for; nothing where it has no word at all."""
    text = normalise(question[:MAX_CHARACTERS])
    synonyms = [Synonym(found, others) for found, others in islice(find_synonyms(text), MAX_SYNONYMS)]
    return Query(weigh_tokens(text), tuple(synonyms))


def weigh_tokens(text: str) -> dict[str, float]:
    """Return the heaviest tokens of a normalised text, without those that say nothing, with their weights."""
    tokens = tokenize(_leave_idle_out(text)) or tokenize(text)
    tokens = [token for token in tokens if token not in read_idle_words()] or tokens
    paired = {character for token in tokens if is_pair(token) for character in token}
    weights = {token: weigh(token, is_alone=token not in paired) for token in tokens}
    heaviest = sorted(weights, key=lambda token: -weights[token])[:MAX_TOKENS]
    return {token: weights[token] for token in heaviest}


def _leave_idle_out(text: str) -> str:
    """Put a space in the place of words of questions in Chinese, but not within words that have the same characters."""
    return _read_idle_phrases().sub(lambda found: found["kept"] or " ", text)


@cache
def _read_idle_phrases() -> re.Pattern[str]:
    """Return what finds words of questions, the longer ones first, and as `kept` the words that have some within."""
    idle, kept = (
        "|".join(sorted((WORDS / name).read_text(encoding="utf-8").split(), key=lambda word: (-len(word), word)))
        for name in ("idle.zh.txt", "kept.zh.txt")
    )
    return re.compile(f"(?P<kept>{kept})|{idle}")


@cache
def read_idle_words() -> frozenset[str]:
    """Return the tokens of English words that say nothing about what is looked for."""
    return frozenset(map(stem, (WORDS / "idle.en.txt").read_text(encoding="utf-8").split()))


def is_pair(token: str) -> bool:
    """Whether a token is two characters of a script without spaces."""
    return len(token) == 2 and not token.isascii() and POINT not in token and not token[0].isdigit()


def is_code(token: str) -> bool:
    """Whether a token has letters and digits, or is a long number; `within 3` is not."""
    return CODE.fullmatch(token) is not None and token.rstrip("0123456789") not in read_idle_words()


def weigh(token: str, is_alone: bool) -> float:
    """Return the weight of a token by its kind."""
    if is_code(token):
        return CODE_WEIGHT
    if token.isdigit():
        return NUMBER_WEIGHT
    is_character = len(token) == 1 and not token.isascii()
    return CHARACTER_WEIGHT if is_character and not is_alone else 1.0
