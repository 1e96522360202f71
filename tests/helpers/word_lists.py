"""Word lists without files."""

from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import Action, Category, Word, WordLists


def make_category(action: Action) -> Category:
    return Category(action.value, action, f"示例{action}", f"example {action}")


def make_words(*texts: str, action: Action = Action.MASK) -> tuple[Word, ...]:
    """Return words of one category, as if each stood on a line of its own."""
    return tuple(Word(text, make_category(action), f"{action}.txt, line {i}") for i, text in enumerate(texts, start=1))


def make_moderator(*mask: str, block: tuple[str, ...] = (), flag: tuple[str, ...] = ()) -> Moderator:
    """Return a moderator with these words to mask, block and flag."""
    listed = make_words(*mask) + make_words(*block, action=Action.BLOCK) + make_words(*flag, action=Action.FLAG)
    return Moderator(WordLists(tuple(map(make_category, Action)), listed, "digest"))
