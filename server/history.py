"""A session's turns as messages of a prompt."""

from collections.abc import Mapping, Sequence

from server.store.records import Message, Picture, PictureRef, StoredPart, Turn
from server.turn import PictureSource, TurnLimits, TurnMessage


def hashes_of(turn: Turn) -> list[str]:
    """Of a turn's pictures, in order, one for each time that it is shown."""
    parts = (part for message in turn.messages for part in message.parts)
    return [part.sha256 for part in parts if isinstance(part, PictureRef)]


def messages_of(turn: Turn, pictures: Mapping[str, Picture]) -> tuple[TurnMessage, ...]:
    """What was asked, and the answer."""
    asked = [TurnMessage(message.role, _parts(message, pictures)) for message in turn.messages]
    return (*asked, TurnMessage("assistant", (turn.answer,)))


def _parts(message: Message[StoredPart], pictures: Mapping[str, Picture]) -> tuple[str | PictureSource, ...]:
    return tuple(p if isinstance(p, str) else PictureSource(pictures[p.sha256].data) for p in message.parts)


def hopeless(history: Sequence[Turn], num_images: int, limits: TurnLimits) -> int:
    """How many of the oldest turns need not be tried, beside a question with `num_images` pictures.

    Those after them hold too many pictures already, or their answers alone fill the prompt. It saves unpacking a long
    session's pictures for nothing.
    """
    num_tokens = 0
    for index in reversed(range(len(history))):
        num_images += len(hashes_of(history[index]))
        num_tokens += history[index].tokens.num_generated
        if num_images > limits.max_images or num_tokens > limits.max_inp_length:
            return index + 1
    return 0
