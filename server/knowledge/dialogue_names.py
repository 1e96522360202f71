"""What the texts of a dialogue name: the question, what its pictures show, and the texts before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.knowledge.found import Asked
from server.knowledge.name_tokens import NameTokens, TokenText
from server.knowledge.named import Indexed, Named, Thing, read_names
from server.knowledge.references import NAME, find_place, points_back

MAX_EARLIER = 12
"""How many texts before a question are looked through."""


@dataclass(frozen=True)
class NamedText:
    """A text with what it names."""

    text: TokenText
    named: tuple[Named, ...]

    @property
    def things(self) -> list[Thing]:
        """The things that it names, each once, without those whose names too many have."""
        return list({thing.id: thing for each in self.named if not each.is_shared for thing in each.things}.values())

    @property
    def products(self) -> list[Thing]:
        return [thing for thing in self.things if thing.is_product]

    @property
    def rest(self) -> list[str]:
        """The tokens that are part of no name."""
        taken = {i for each in self.named for i in range(each.first, each.end)}
        return [token.text for i, token in enumerate(self.text.tokens) if i not in taken and not token.is_mark]

    @property
    def blanked(self) -> str:
        """The text with a sign for each name."""
        text = self.text.plain
        for each in reversed(self.named):
            start, end = self.text.tokens[each.first].start, self.text.tokens[each.end - 1].end
            text = f"{text[:start]}{NAME}{text[end:]}"
        return text


@dataclass(frozen=True)
class DialogueNames:
    """What is named in a dialogue. `earlier` are the texts before the question that name products, the newest first."""

    question: NamedText
    pictured: tuple[NamedText, ...]
    earlier: tuple[NamedText, ...]

    @property
    def points_back(self) -> bool:
        return points_back(self.question.blanked)

    def find_chosen(self) -> Thing | None:
        """Return the one that a question such as `the second one?` points to, where that is sure."""
        place = find_place(self.question.blanked)
        if place is None:
            return None
        number, is_of_two = place
        listed = self._list_last()
        if is_of_two and len(listed) != 2:
            listed = listed[-2:] if len(listed) > 2 else []
        return listed[number] if len(listed) > 1 and -1 <= number < len(listed) else None

    def _list_last(self) -> list[Thing]:
        """Return the things of the newest text that names several, else the last two that were named, in order."""
        texts = (*self.pictured[::-1], *self.earlier)
        newest = texts[0].products if texts else []
        if len(newest) > 1:
            return newest
        last: dict[tuple[int, str], Thing] = {}
        for text in texts:
            for thing in reversed(text.products):
                last.setdefault(thing.id, thing)
        return list(last.values())[:2][::-1]


def read_dialogue(asked: Asked, documents: Sequence[Indexed], tokens: NameTokens) -> DialogueNames:
    """Return what the texts of a dialogue name."""

    def read(text: str) -> NamedText:
        found = tokens.read(text)
        return NamedText(found, tuple(read_names(found, documents)))

    earlier = (read(text) for text in reversed(asked.earlier[-MAX_EARLIER:]))
    return DialogueNames(
        question=read(asked.question),
        pictured=tuple(map(read, asked.pictured)),
        earlier=tuple(text for text in earlier if text.things),
    )
