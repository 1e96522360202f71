"""The dialogue of a turn as the knowledge base is asked about it: its texts, and the pictures that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.knowledge.found import Asked
from server.pipeline.stage import join_text
from server.turn.pictures import PlannedPicture
from server.turn.turn import Turn, TurnMessage

MAX_PICTURES = 4
"""How many pictures of a dialogue are named for one question."""


@dataclass(frozen=True)
class Pictured:
    """The newest pictures of a dialogue, of the message at `place`; those of the question itself have none after it."""

    place: int
    pictures: tuple[PlannedPicture, ...]


@dataclass(frozen=True)
class DialogueTexts:
    """The messages of a turn up to its newest question, which is the last."""

    messages: tuple[TurnMessage, ...]

    @classmethod
    def of(cls, turn: Turn) -> "DialogueTexts":
        """Return those of a turn that has a question."""
        place = max(i for i, message in enumerate(turn.messages) if message.role == "user")
        return cls(turn.messages[: place + 1])

    @property
    def question(self) -> str:
        return join_text(self.messages[-1])

    def find_pictured(self) -> list[Pictured]:
        """Return the newest pictures, the oldest first: all of the last message that has any, and one before."""
        found: list[Pictured] = []
        for place in reversed(range(len(self.messages))):
            pictures = choose_pictures(self.messages[place])
            if pictures:
                found.append(Pictured(place, pictures))
            if sum(len(each.pictures) for each in found) > 1:
                break
        return found[::-1]

    def write_asked(self, names: Sequence[tuple[int, str]] = ()) -> Asked:
        """Return what is asked. `names` are what pictures show, with the places of their messages.

        Of pictures before the question they stand among the earlier texts, where the pictures are.
        """
        last = len(self.messages) - 1
        earlier: list[str] = []
        for place, message in enumerate(self.messages[:-1]):
            earlier += [name for where, name in names if where == place]
            if message.role in ("user", "assistant") and (text := join_text(message)).strip():
                earlier.append(text)
        questions = [join_text(message) for message in self.messages[:-1] if message.role == "user"]
        pictured = tuple(name for place, name in names if place == last)
        return Asked(self.question, tuple(earlier), pictured, tuple(filter(None, questions)))

    def list_since(self, place: int) -> list[str]:
        """Return the answers and questions from a message on, but for the newest question."""
        return [join_text(message) for message in self.messages[place:-1] if message.role in ("user", "assistant")]


def choose_pictures(message: TurnMessage) -> tuple[PlannedPicture, ...]:
    """Return the last pictures of a message, and the middle one of the frames of a clip."""
    planned = [part for part in message.parts if isinstance(part, PlannedPicture)]
    stills = [picture for picture in planned if not picture.is_frame]
    frames = [picture for picture in planned if picture.is_frame]
    return tuple([*stills, *frames[len(frames) // 2 : len(frames) // 2 + 1]][-MAX_PICTURES:])
