"""The stored turns of a session as messages of the next prompt."""

from collections.abc import Mapping, Sequence

from server.store.records import Message, StoredPart, StoredPicture, StoredTurn
from server.turn.turn import PictureSource, TurnLimits, TurnMessage


def build_messages(turn: StoredTurn, pictures: Mapping[str, StoredPicture]) -> tuple[TurnMessage, ...]:
    """Return the messages of the question and the answer. `pictures` has the turn's pictures by their SHA-256."""
    question = [TurnMessage(message.role, _load_parts(message, pictures)) for message in turn.messages]
    return (*question, TurnMessage("assistant", (turn.answer,)))


def _load_parts(message: Message[StoredPart], pictures: Mapping[str, StoredPicture]) -> tuple[str | PictureSource, ...]:
    return tuple(p if isinstance(p, str) else PictureSource(pictures[p.sha256].data) for p in message.parts)


def num_turns_too_old(history: Sequence[StoredTurn], num_images: int, limits: TurnLimits) -> int:
    """Return how many of the oldest turns cannot fit the prompt of a question with `num_images` pictures.

    The turns after them have too many pictures already, or their answers alone are too long. This saves decoding the
    pictures of a long session for nothing.
    """
    num_tokens = 0
    for index in reversed(range(len(history))):
        num_images += len(history[index].pictures)
        num_tokens += history[index].tokens.num_generated
        if num_images > limits.max_images or num_tokens > limits.max_inp_length:
            return index + 1
    return 0
