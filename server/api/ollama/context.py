"""`context` of `/api/generate`: a dialogue as the ids of its tokens, which a client sends back to go on with it.

The ids are those of the prompt and the answer in the model's chat format, without pictures and without what the server
adds to a prompt. Nothing is kept on the server: the ids are read back into messages, and those go through the same
checks as any others. So control tokens stand only where this file writes them, and never for a picture.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-completion
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import get_args

from model.errors import PromptTooLong
from model.tokenizer import Tokenizer
from server.errors import FieldRefused
from server.turn.turn import Role, TurnMessage

START, END = "<|im_start|>", "<|im_end|>"
ROLES: tuple[Role, ...] = get_args(Role)


def write_context(tokenizer: Tokenizer, messages: Sequence[TurnMessage]) -> list[int]:
    """Return the ids of a dialogue, the texts of its messages only."""
    ids: list[int] = []
    for message in messages:
        text = "\n".join(part for part in message.parts if isinstance(part, str))
        ids += [tokenizer.control_id(START), *tokenizer.encode(f"{message.role}\n{text}")]
        ids += [tokenizer.control_id(END), *tokenizer.encode("\n")]
    return ids


def read_context(tokenizer: Tokenizer, ids: Sequence[int], max_tokens: int) -> tuple[TurnMessage, ...]:
    """Return the dialogue that `write_context` wrote as these ids.

    Raises `PromptTooLong` for more than `max_tokens`, and `FieldRefused` for ids that it cannot have written.
    """
    if len(ids) > max_tokens:
        raise PromptTooLong(len(ids), max_tokens)
    messages = tuple(_read_messages(tokenizer, ids))
    if write_context(tokenizer, messages) != list(ids):
        raise FieldRefused(
            "context", "it is not the context of an answer of this model", "它不是本模型某个回答的 context"
        )
    return messages


def _read_messages(tokenizer: Tokenizer, ids: Sequence[int]) -> Iterator[TurnMessage]:
    """Yield the messages of ids that may be anybody's, as far as they make sense."""
    start, end = tokenizer.control_id(START), tokenizer.control_id(END)
    pieces: list[list[int]] = [[]]
    for token_id in ids:
        if token_id == start:
            pieces.append([])
        elif 0 <= token_id < tokenizer.num_ids:
            pieces[-1].append(token_id)
    for piece in pieces:
        role, _, text = tokenizer.decode(list(takewhile(lambda token_id: token_id != end, piece))).partition("\n")
        if role in ROLES:
            yield TurnMessage(role, (text,) if text else ())
