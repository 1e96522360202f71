"""The stored turns of a session as messages of the next prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.store.records import HANDOVER, Message, PictureRef, StoredPart, StoredTurn
from server.store.store import Store
from server.turn.picture_pool import PictureFile
from server.turn.pictures import PictureSource
from server.turn.truncate import round_cut
from server.turn.turn import TurnMessage
from server.turn.turns import TurnLimits

MIN_FRAME_TOKENS = 66
"""The tokens of a frame of a clip that is one view."""


@dataclass(frozen=True)
class StoredPictureFile:
    """The file of a picture in the store, which is loaded each time that it is worked on, and not kept."""

    store: Store
    owner: str
    session_id: str
    ref: PictureRef

    @property
    def num_bytes(self) -> int:
        return self.ref.num_bytes

    async def load(self) -> bytes:
        """Return the bytes of the file. Raises `StoreError`."""
        pictures = await self.store.load_pictures(self.owner, self.session_id, {self.ref.sha256})
        return pictures[self.ref.sha256].data


def build_messages(turn: StoredTurn, files: Mapping[str, PictureFile]) -> tuple[TurnMessage, ...]:
    """Return the messages of the question and the answer, as far as the turn has them.

    A question for a person has no answer, and a person's answer no question. `files` has the turn's pictures by their
    SHA-256.
    """
    question = [TurnMessage(message.role, _load_parts(message, files)) for message in turn.messages]
    has_answer = bool(turn.answer) or not (turn.finish_reason == HANDOVER or turn.author == "person")
    return (*question, TurnMessage("assistant", (turn.answer,))) if has_answer else tuple(question)


def join_same_roles(messages: Sequence[TurnMessage]) -> list[TurnMessage]:
    """Return a dialogue in which users and assistants take turns: messages of one role in a row become one."""
    joined: list[TurnMessage] = []
    for message in messages:
        if joined and joined[-1].role == message.role in ("user", "assistant"):
            joined[-1] = replace(joined[-1], parts=(*joined[-1].parts, *message.parts))
        else:
            joined.append(message)
    return joined


def _load_parts(message: Message[StoredPart], files: Mapping[str, PictureFile]) -> tuple[str | PictureSource, ...]:
    return tuple(
        part if isinstance(part, str) else PictureSource(files[part.sha256], part.max_slice_nums, part.time_s)
        for part in message.parts
    )


def num_turns_too_old(history: Sequence[StoredTurn], num_images: int, limits: TurnLimits) -> int:
    """Return how many of the oldest turns to leave out of the prompt of a question with `num_images` pictures.

    With them it would have too many pictures, or the answers and frames alone would be too long. This saves reading
    the pictures of a long session for nothing. As in `truncate_history`, the number is a round one that keeps half of
    what fits.
    """
    least = _count_excess(history, num_images, limits.max_images, limits.max_inp_length)
    if least == 0:
        return 0
    most = _count_excess(history, num_images, (limits.max_images + num_images) // 2, limits.max_inp_length // 2)
    return round_cut(least, max(least, most - 1))


def _count_excess(history: Sequence[StoredTurn], num_images: int, max_images: int, max_tokens: int) -> int:
    """Return how many of the oldest turns are over one of these limits together with those after them."""
    num_tokens = 0
    for index in reversed(range(len(history))):
        num_frames = sum(picture.time_s is not None for picture in history[index].pictures)
        num_images += len(history[index].pictures) - num_frames
        num_tokens += history[index].tokens.num_generated + MIN_FRAME_TOKENS * num_frames
        if num_images > max_images or num_tokens > max_tokens:
            return index + 1
    return 0


def num_turns_over_images(messages: Sequence[TurnMessage], max_images: int) -> int:
    """Return how many of the oldest turns to leave out of a dialogue that has too many pictures, never the last.

    As in `num_turns_too_old`, the number is a round one that keeps half of what fits.
    """
    counts: list[int] = []
    for message in messages:
        if message.role == "user":
            counts.append(0)
        if counts:
            counts[-1] += sum(not isinstance(part, str) for part in message.parts)
    least = _count_over(counts, max_images)
    if least == 0:
        return 0
    most = _count_over(counts, (max_images + counts[-1]) // 2)
    return min(round_cut(least, max(least, most - 1)), len(counts) - 1)


def _count_over(counts: Sequence[int], limit: int) -> int:
    """Return how many of the first numbers to leave out for the sum of the others to be within a limit."""
    total = 0
    for index in reversed(range(len(counts))):
        total += counts[index]
        if total > limit:
            return index + 1
    return 0
