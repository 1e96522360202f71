"""The checkpoint's tokenizer. What a user types in a chat never becomes a control token.

Control tokens come only from code that asks for them by name; in text their names are plain characters. Only in a raw
prompt, all of which its author writes, are they recognised.
"""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as Backend
from tokenizers.decoders import DecodeStream

from model.checkpoint.tokenizer_files import AS_PUBLISHED, read_backend
from model.checkpoint.wording import show_path
from model.errors import LoadError

END_TOKENS = ("<|im_end|>", "<|endoftext|>")
IMAGE_PLACEHOLDER = "<unk>"
CONTROL_TOKENS = (
    *END_TOKENS,
    IMAGE_PLACEHOLDER,
    "<|im_start|>",
    "<image>",
    "</image>",
    "<slice>",
    "</slice>",
    "<image_id>",
    "</image_id>",
)


class Tokenizer:
    """Byte-level BPE with the control tokens of MiniCPM-V. Raises `LoadError` where one of them is missing.

    `vocab_size` counts every token, added ones included; `num_ids` is one more than the highest id, so more where ids
    are left out; `end_ids` are the tokens that end an answer.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._plain = Backend.from_str(backend.to_str())
        self._plain.encode_special_tokens = True
        self._control = {token: self._find(token) for token in CONTROL_TOKENS}
        self.end_ids = tuple(self._control[token] for token in END_TOKENS)
        self.vocab_size: int = backend.get_vocab_size(with_added_tokens=True)
        self.num_ids: int = max(backend.get_vocab(with_added_tokens=True).values()) + 1
        self._added: dict[int, str] = {i: token.content for i, token in backend.get_added_tokens_decoder().items()}
        self._bytes = _byte_alphabet()

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "Tokenizer":
        """Load the tokenizer of a folder. Raises `LoadError`."""
        backend = read_backend(Path(folder))
        try:
            return cls(backend)
        except LoadError as error:
            raise LoadError(
                f"the tokenizer in {show_path(folder)} is of another model: {error}: {AS_PUBLISHED}"
            ) from error

    def _find(self, token: str) -> int:
        token_id: int | None = self._backend.token_to_id(token)
        if token_id is None:
            raise LoadError(f"the tokenizer lacks the control token {token}; it is not MiniCPM-V-2_6's")
        return token_id

    def control_id(self, token: str) -> int:
        """Return the id of one of `CONTROL_TOKENS`. Raises `KeyError` for any other text."""
        return self._control[token]

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text: `<|im_end|>` in it becomes the ids of those characters."""
        return _encode(self._plain, text)

    def encode_with_controls(self, text: str) -> list[int]:
        """Return the ids of text in which control tokens are recognised. Never use it for a part of a dialogue."""
        return _encode(self._backend, text)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of an answer, with control tokens such as `<box>` but without end tokens."""
        text: str = self._backend.decode([i for i in ids if i not in self.end_ids], skip_special_tokens=False)
        return text

    def id_to_bytes(self, token_id: int) -> bytes:
        """Return a token's UTF-8 bytes, which may be part of a character; none for an id beyond the vocabulary."""
        if token_id in self._added:
            return self._added[token_id].encode()
        return bytes(self._bytes[char] for char in self._backend.id_to_token(token_id) or "")

    def to_json(self) -> str:
        """Return the text of a `tokenizer.json`, for libraries that bring their own tokenizer."""
        text: str = self._backend.to_str()
        return text

    def make_detokenizer(self) -> "Detokenizer":
        return Detokenizer(self, self._backend)


class Detokenizer:
    """Turns a growing answer into text, one token at a time, and never returns half a character."""

    def __init__(self, tokenizer: Tokenizer, backend: Backend) -> None:
        self._tokenizer = tokenizer
        self._backend = backend
        self._stream = DecodeStream(skip_special_tokens=False)
        self._ids: list[int] = []
        self._num_chars = 0

    def add(self, token_id: int) -> str:
        """Return the characters that this token completes, often none."""
        if token_id in self._tokenizer.end_ids:
            return ""
        self._ids.append(token_id)
        text: str = self._stream.step(self._backend, token_id) or ""
        self._num_chars += len(text)
        return text

    def finish(self) -> str:
        """Return U+FFFD for the bytes of a character that was never completed, else an empty text."""
        return self._tokenizer.decode(self._ids)[self._num_chars :]


def _encode(backend: Backend, text: str) -> list[int]:
    # a batch of one, because `encode` holds the GIL: for seconds where the text is long
    (encoded,) = backend.encode_batch_fast([text], add_special_tokens=False)
    ids: list[int] = encoded.ids
    return ids


def _byte_alphabet() -> dict[str, int]:
    """Return the byte that each character of byte-level BPE stands for: printable ones for themselves.

    Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), 2.2; GPT-2's `encoder.py`.
    """
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = sorted(set(range(256)) - set(visible))
    return {chr(byte): byte for byte in visible} | {chr(256 + i): byte for i, byte in enumerate(hidden)}
