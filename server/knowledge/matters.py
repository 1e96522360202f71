"""What customers ask any shop about, such as the time that a refund takes, known by the many ways to say it.

Two texts about the same matter may have no word in common, nor a language. `words/matters.txt` has a matter a line,
with what says it: a phrase, or several that must all be there (`&`), of which `@name` is any of a group of phrases.
In a phrase `…` stands for a few characters or words. English words are compared without their endings.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from server.knowledge.topics import HAN, join_stems
from server.matching.automaton import Automaton
from server.store.passage_tokens import normalise

GAP = "…"
GAP_ZH, GAP_EN = ".{0,6}?", "(?:[^ ]+ ){0,4}?"
CHINESE = re.compile(f"((?:[0-9]*{HAN.pattern}+)+[0-9]*)")
"""Chinese, with the numbers in it: `normalise()` writes some of its numbers in digits."""


@dataclass(frozen=True)
class Phrase:
    """Words that say something: `start` must be in a text, and the whole too where something may stand between."""

    start: str
    whole: re.Pattern[str] | None = None

    def is_in(self, marked: str) -> bool:
        """Whether a marked text that has its start has all of it."""
        return self.whole is None or self.whole.search(marked) is not None

    def take_out(self, marked: str) -> str:
        """Return a marked text without it."""
        return marked.replace(self.start, "  ") if self.whole is None else self.whole.sub("  ", marked)


Alternative = tuple[frozenset[Phrase], ...]
"""Groups of phrases: a text that has one of each says it."""


@dataclass(frozen=True)
class Matter:
    """Something that shops are asked about, with the alternatives that say it."""

    name: str
    alternatives: tuple[Alternative, ...]
    words: str
    """All that says it, to be looked up."""

    def find_phrases(self, said: Set[Phrase]) -> set[Phrase]:
        """Return those of the phrases of a text that say it; none where it does not."""
        found = ([group & said for group in alternative] for alternative in self.alternatives)
        return {phrase for groups in found if all(groups) for phrases in groups for phrase in phrases}


@dataclass(frozen=True)
class Spoken:
    """The matters that a text speaks of, and what is left of it without the words for them."""

    matters: tuple[Matter, ...]
    rest: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset(matter.name for matter in self.matters)


def find_matters(text: str) -> Spoken:
    """Return the matters that a text speaks of."""
    rest = marked = mark(text)
    said = _find_phrases(marked)
    found = {matter.name: (matter, matter.find_phrases(said)) for phrase in said for matter in _index()[phrase]}
    phrases = {phrase for _, some in found.values() for phrase in some}
    for phrase in sorted(phrases, key=lambda each: (-len(each.start), each.start)):
        rest = phrase.take_out(rest)
    spoken = (matter for matter in read_matters() if matter.name in found and found[matter.name][1])
    return Spoken(tuple(spoken), rest)


def mark(text: str) -> str:
    """Return a text in which Chinese stands as it is, and English words have spaces around and no endings."""
    parts = CHINESE.split(normalise(text))
    return "".join(part if HAN.search(part) else f" {join_stems(part)} " for part in parts)


def _find_phrases(marked: str) -> set[Phrase]:
    automaton, phrases = _read_starts()
    _, ends = automaton.read(marked, automaton.start)
    starts = {start for _, state in ends for start in state.words()}
    return {phrase for start in starts for phrase in phrases[start] if phrase.is_in(marked)}


@cache
def _read_starts() -> tuple[Automaton, dict[str, list[Phrase]]]:
    """Return what finds the starts of all phrases at once, and the phrases of each."""
    starts: dict[str, list[Phrase]] = {}
    for phrase in _index():
        starts.setdefault(phrase.start, []).append(phrase)
    return Automaton(starts), starts


@cache
def _index() -> dict[Phrase, list[Matter]]:
    """Return the matters that each phrase is a part of."""
    found: dict[Phrase, dict[str, Matter]] = {}
    for matter in read_matters():
        for phrase in (phrase for groups in matter.alternatives for group in groups for phrase in group):
            found.setdefault(phrase, {})[matter.name] = matter
    return {phrase: list(matters.values()) for phrase, matters in found.items()}


@cache
def read_matters() -> tuple[Matter, ...]:
    """Return all matters, in the order of their list."""
    lines = (files("server.knowledge") / "words" / "matters.txt").read_text(encoding="utf-8").splitlines()
    pairs = [(name, said.split(", ")) for name, _, said in (line.partition(": ") for line in lines)]
    groups = {name: said for name, said in pairs if name.startswith("@")}
    return tuple(_read(name, said, groups) for name, said in pairs if name not in groups)


def _read(name: str, said: Iterable[str], groups: Mapping[str, Sequence[str]]) -> Matter:
    parts = [[groups.get(each, [each]) for each in alternative.split(" & ")] for alternative in said]
    words = dict.fromkeys(phrase for alternative in parts for group in alternative for phrase in group)
    alternatives = tuple(tuple(frozenset(map(_read_phrase, group)) for group in alternative) for alternative in parts)
    return Matter(name, alternatives, " ".join(words).replace(GAP, " "))


@cache
def _read_phrase(text: str) -> Phrase:
    if HAN.search(text):
        parts, gap = [normalise(part) for part in text.split(GAP)], GAP_ZH
    else:
        parts, gap = [f"{join_stems(normalise(part))} " for part in text.split(f" {GAP} ")], GAP_EN
        parts[0] = f" {parts[0]}"
    return Phrase(parts[0], re.compile(gap.join(map(re.escape, parts))) if len(parts) > 1 else None)
