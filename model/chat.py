"""`chat(msgs=...)`: the model's native form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from PIL import Image

from model.errors import InputError
from model.generation import beam_search, generate
from model.minicpmv import MiniCPMV
from model.prompt import Prompt, PromptBuilder, PromptOptions, parse_messages
from model.sampling import Generation, SamplingParams
from model.stopping import StopStrings

PROMPT_OPTIONS = frozenset(PromptOptions.__struct_fields__)


@dataclass(frozen=True)
class ModelInfo:
    """What is served and how, for people to read."""

    source: str
    device: str
    dtype: str
    quantization: str
    attention: str
    is_demo: bool


@dataclass
class Dialogue:
    """A request on its way through the model."""

    prompt: Prompt
    generation: Generation

    @property
    def has_beams(self) -> bool:
        return self.generation.params.num_beams > 1


class ChatModel:
    """A loaded model with its tokenizer and image processor. `model.loading.load()` makes one."""

    def __init__(self, model: MiniCPMV, builder: PromptBuilder, info: ModelInfo) -> None:
        self.model = model
        self.builder = builder
        self.info = info
        self.end_ids = builder.tokenizer.end_ids
        self.max_model_len: int = model.config.max_position_embeddings

    def chat(
        self,
        *,
        msgs: Sequence[Any],
        image: Image.Image | Sequence[Image.Image | None] | None = None,
        sampling: bool = True,
        stream: bool = False,
        options: Sequence[Mapping[str, Any]] | None = None,
        **common: Any,
    ) -> str | list[str] | Iterator[str]:
        """Answer one dialogue, or a list of them as one batch.

        `msgs` is `[{"role", "content"}, ...]`, content a string or a list of strings and PIL images in the order meant;
        a list of such lists is a batch, answered by a list. `image` goes before the first message (in a batch: one a
        dialogue). `sampling=False` is beam search with 3 beams, greedy with `num_beams=1`. `stream=True` gives an
        iterator of text for one dialogue. Further keywords are `PromptOptions`' and `SamplingParams`' fields;
        `options` holds each dialogue's own, which go before the common ones, `sampling` included.

        Answers come without white space around them, as the reference's; a stream gives every character.
        Raises `InputError` for messages or parameters that cannot be used, `PromptTooLong` with both counts.
        """
        is_batch = bool(msgs) and isinstance(msgs[0], list | tuple)
        if stream:
            if is_batch or options is not None:
                raise InputError("stream=True takes one dialogue, without options")
            return self._stream(self.prepare(msgs, image, sampling=sampling, **common))
        if not is_batch:
            if options is not None:
                raise InputError("options are for a batch: one mapping for each dialogue of msgs")
            return self.answer([self.prepare(msgs, image, sampling=sampling, **common)])[0]
        images = _one_each("image", image, len(msgs), None)
        own = _one_each("options", options, len(msgs), {})
        given = [{"sampling": sampling, **common, **mapping} for mapping in own]
        return self.answer([self.prepare(m, i, **g) for m, i, g in zip(msgs, images, given, strict=True)])

    def prepare(self, msgs: Any, image: Any = None, *, sampling: bool = True, **given: Any) -> Dialogue:
        """Check one dialogue and its parameters, and write its prompt. Does not touch the device."""
        options = PromptOptions.checked({name: given.pop(name) for name in PROMPT_OPTIONS & set(given)})
        params = SamplingParams.for_mode(sampling, **given)
        limit = min(options.max_inp_length, self.max_model_len - 1)  # one position is kept for the answer
        prompt = self.builder.build(parse_messages(msgs, image), msgspec.structs.replace(options, max_inp_length=limit))
        room = self.max_model_len - len(prompt.input_ids)
        return Dialogue(prompt, Generation(params, min(params.max_new_tokens, room)))

    def answer(self, dialogues: Sequence[Dialogue]) -> list[str]:
        """Whole answers, those without beams as one padded batch."""
        readers = [_Reader(self.builder, dialogue.generation) for dialogue in dialogues]
        batch = [dialogue for dialogue in dialogues if not dialogue.has_beams]
        for _ in generate(self.model, *_columns(batch), self.end_ids) if batch else ():
            for reader in readers:
                reader.read()
        for dialogue, reader in zip(dialogues, readers, strict=True):
            if dialogue.has_beams:
                beam_search(self.model, dialogue.prompt, dialogue.generation, self.end_ids)
                reader.read()
        return [reader.text.strip() for reader in readers]

    def _stream(self, dialogue: Dialogue) -> Iterator[str]:
        if dialogue.has_beams:
            raise InputError(
                "beam search knows its answer only at the end: stream=True needs sampling=True or num_beams=1"
            )
        return self._stream_pieces(dialogue)

    def _stream_pieces(self, dialogue: Dialogue) -> Iterator[str]:
        reader = _Reader(self.builder, dialogue.generation)
        for _ in generate(self.model, *_columns([dialogue]), self.end_ids):
            if piece := reader.read():
                yield piece


class _Reader:
    """Turns a generation's new tokens into text, and ends it at a stop string."""

    def __init__(self, builder: PromptBuilder, generation: Generation) -> None:
        self._generation = generation
        self._detokenizer = builder.tokenizer.detokenizer()
        self._stop = StopStrings(generation.params.stop)
        self._num_read = 0
        self._is_finished = False
        self.text = ""

    def read(self) -> str:
        """The text that became certain since the last call."""
        if self._is_finished:
            return ""
        new = self._generation.token_ids[self._num_read :]
        self._num_read += len(new)
        piece = "".join(self._stop.add(self._detokenizer.add(token_id)) for token_id in new)
        if self._generation.finish_reason is not None:
            piece += self._stop.add(self._detokenizer.finish()) + self._stop.finish()
        if self._stop.is_stopped:
            self._generation.finish_reason = "stop"
        self._is_finished = self._generation.finish_reason is not None
        self.text += piece
        return piece


def _columns(dialogues: Sequence[Dialogue]) -> tuple[list[Prompt], list[Generation]]:
    return [d.prompt for d in dialogues], [d.generation for d in dialogues]


def _one_each(name: str, values: Any, count: int, default: Any) -> Sequence[Any]:
    if values is None:
        return [default] * count
    if not isinstance(values, list | tuple) or len(values) != count:
        raise InputError(f"{name} must be a list with one entry for each of the {count} dialogues")
    return values
