"""Word lists without files, for the tests beside this one."""

from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import Action, Category, Word, WordLists


def category(action: Action) -> Category:
    return Category(action.value, action, f"示例{action}", f"example {action}")


def words(*texts: str, action: Action = Action.MASK) -> tuple[Word, ...]:
    return tuple(Word(text, category(action), f"{action}.txt, line {i}") for i, text in enumerate(texts, start=1))


def moderator(*mask: str, block: tuple[str, ...] = (), flag: tuple[str, ...] = ()) -> Moderator:
    found = words(*mask) + words(*block, action=Action.BLOCK) + words(*flag, action=Action.FLAG)
    return Moderator(WordLists(tuple(map(category, Action)), found, "digest"))
