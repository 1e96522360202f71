"""A summary of a dialogue by a rule: what was asked first and last, what was shown, and what was answered last."""

from collections.abc import Sequence

from server.errors.base import Language
from server.store.records import StoredTurn

MAX_QUOTED = 200
"""The most characters of a question or an answer that are repeated."""

WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "first": "首个问题：{text}",
        "last": "最后的问题：{text}",
        "pictures": "顾客发来的图片：{count} 张",
        "answer": "最后的回答：{text}",
    },
    "en": {
        "first": "First question: {text}",
        "last": "Last question: {text}",
        "pictures": "Pictures from the customer: {count}",
        "answer": "Last answer: {text}",
    },
}


def write_rule_summary(history: Sequence[StoredTurn], language: Language) -> str | None:
    """Return the summary, a line for each thing; None where the customer has said and shown nothing."""
    questions = [text for turn in history if (text := find_question(turn))]
    answers = [text for turn in history if (text := shorten_line(turn.answer))]
    num_pictures = sum(len(turn.pictures) for turn in history)
    if not questions and not num_pictures:
        return None
    words = WORDS[language]
    lines = [words["first"].format(text=questions[0])] if questions else []
    if len(questions) > 1:
        lines.append(words["last"].format(text=questions[-1]))
    if num_pictures:
        lines.append(words["pictures"].format(count=num_pictures))
    if answers:
        lines.append(words["answer"].format(text=answers[-1]))
    return "\n".join(lines)


def find_question(turn: StoredTurn, max_characters: int = MAX_QUOTED) -> str:
    """Return the text of what the customer said in a turn, in one line; empty where that was only pictures."""
    texts = [part for message in turn.messages if message.role == "user" for part in message.parts]
    return shorten_line(" ".join(part for part in texts if isinstance(part, str)), max_characters)


def shorten_line(text: str, max_characters: int = MAX_QUOTED) -> str:
    """Return a text in one line, or its beginning."""
    line = " ".join(text.split())
    return line if len(line) <= max_characters else f"{line[: max_characters - 1].rstrip()}…"
