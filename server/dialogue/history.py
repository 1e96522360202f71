"""A session's turns as messages of a prompt."""

from collections.abc import Mapping, Sequence

from server.store.records import Message, StoredPart, StoredPicture, StoredTurn
from server.turn.turn import PictureSource, TurnLimits, TurnMessage


def messages_of(turn: StoredTurn, pictures: Mapping[str, StoredPicture]) -> tuple[TurnMessage, ...]:
    """What was asked, and the answer."""
    asked = [TurnMessage(message.role, _parts(message, pictures)) for message in turn.messages]
    return (*asked, TurnMessage("assistant", (turn.answer,)))


def _parts(message: Message[StoredPart], pictures: Mapping[str, StoredPicture]) -> tuple[str | PictureSource, ...]:
    return tuple(p if isinstance(p, str) else PictureSource(pictures[p.sha256].data) for p in message.parts)


def num_turns_too_old(history: Sequence[StoredTurn], num_images: int, limits: TurnLimits) -> int:
    """How many of the oldest turns need not be tried, beside a question with `num_images` pictures.

    Those after them hold too many pictures already, or their answers alone fill the prompt. It saves unpacking a long
    session's pictures for nothing.
    """
    num_tokens = 0
    for index in reversed(range(len(history))):
        num_images += len(history[index].pictures)
        num_tokens += history[index].tokens.num_generated
        if num_images > limits.max_images or num_tokens > limits.max_inp_length:
            return index + 1
    return 0
