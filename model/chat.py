"""`chat(msgs=...)`: the model's native form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from PIL import Image

from model.engine.engine import Engine
from model.errors import InputError
from model.minicpmv import MiniCPMV
from model.prompt import Prompt, PromptBuilder, PromptOptions, parse_messages
from model.reader import AnswerReader
from model.sampling import SamplingParams

PROMPT_OPTIONS = frozenset(PromptOptions.__struct_fields__)

Answer = str | list[str]
"""A list where several samples were asked for."""


@dataclass(frozen=True)
class ModelInfo:
    """What is served and how, for people to read."""

    source: str
    device: str
    dtype: str
    quantization: str
    attention: str
    is_demo: bool
    kv_cache_tokens: int = 0
    decoding: str = "eager decode steps"
    max_model_len: int = 0
    """In tokens, prompt and answer together."""
    num_parameters: int = 0
    weight_bytes: int = 0
    fingerprint: str = ""
    """Of the weights: the same only where answers are."""


@dataclass(frozen=True)
class Dialogue:
    """A request that was checked, ready for the engine."""

    prompt: Prompt
    params: SamplingParams


class ChatModel:
    """An engine with its tokenizer and image processor. `model.loading.load()` makes one."""

    def __init__(self, engine: Engine, builder: PromptBuilder, info: ModelInfo) -> None:
        self.engine = engine
        self.builder = builder
        self.info = info

    @property
    def model(self) -> MiniCPMV:
        return self.engine.runner.model

    def chat(
        self,
        *,
        msgs: Sequence[Any],
        image: Image.Image | Sequence[Image.Image | None] | None = None,
        sampling: bool = True,
        stream: bool = False,
        options: Sequence[Mapping[str, Any]] | None = None,
        **common: Any,
    ) -> Answer | list[Answer] | Iterator[str]:
        """Answer one dialogue, or a list of them as one batch.

        `msgs` is `[{"role", "content"}, ...]`, content a string or a list of strings and PIL images in the order meant;
        a list of such lists is a batch, answered by a list. `image` goes before the first message (in a batch: one a
        dialogue). `sampling=False` is beam search with 3 beams, greedy with `num_beams=1`. `stream=True` gives an
        iterator of text for one dialogue; `n` answers to one prompt come as a list. Further keywords are
        `PromptOptions`' and `SamplingParams`' fields; `options` holds each dialogue's own, which go before the common
        ones, `sampling` included.

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
            return self.run([self.prepare(msgs, image, sampling=sampling, **common)])[0].answer
        images = _one_each("image", image, len(msgs), None)
        own = _one_each("options", options, len(msgs), {})
        given = [{"sampling": sampling, **common, **mapping} for mapping in own]
        dialogues = [self.prepare(m, i, **g) for m, i, g in zip(msgs, images, given, strict=True)]
        return [answering.answer for answering in self.run(dialogues)]

    def prepare(self, msgs: Any, image: Any = None, *, sampling: bool = True, **given: Any) -> Dialogue:
        """Check one dialogue and its parameters, and write its prompt. Does not touch the device."""
        options = PromptOptions.checked({name: given.pop(name) for name in PROMPT_OPTIONS & set(given)})
        params = SamplingParams.for_mode(sampling, **given)
        limit = min(options.max_inp_length, self.engine.max_model_len - 1)  # one position is kept for the answer
        prompt = self.builder.build(parse_messages(msgs, image), msgspec.structs.replace(options, max_inp_length=limit))
        self.engine.check(prompt, params)
        return Dialogue(prompt, params)

    def run(self, dialogues: Sequence[Dialogue]) -> "list[Answering]":
        """Answer them to their ends, all of them in the engine at once."""
        answers = [Answering(self, dialogue) for dialogue in dialogues]
        try:
            while not all(answering.is_finished for answering in answers):
                self.engine.step()
                for answering in answers:
                    answering.read()
        finally:
            for answering in answers:
                self.engine.abort(answering.group)
        return answers

    def _stream(self, dialogue: Dialogue) -> Iterator[str]:
        if max(dialogue.params.n, dialogue.params.num_beams) > 1:
            raise InputError("stream=True gives one answer as it comes: it needs n=1, and sampling=True or num_beams=1")
        return self._stream_pieces(dialogue)

    def _stream_pieces(self, dialogue: Dialogue) -> Iterator[str]:
        answering = Answering(self, dialogue)
        try:
            while not answering.is_finished:
                self.engine.step()
                if piece := answering.read():
                    yield piece
        finally:
            self.engine.abort(answering.group)


class Answering:
    """One request in the engine, read as it grows."""

    def __init__(self, chat_model: ChatModel, dialogue: Dialogue) -> None:
        self._engine = chat_model.engine
        self._num_answers = dialogue.params.n
        self._readers = [
            AnswerReader(chat_model.builder.tokenizer, dialogue.params.stop) for _ in range(dialogue.params.n)
        ]
        self.group = self._engine.add(dialogue.prompt, dialogue.params)

    @property
    def is_finished(self) -> bool:
        return self.group.is_finished

    def read(self) -> str:
        """What the first answer has new; ends answers at their stop strings. Raises what ended the request early."""
        if self.group.error is not None:
            raise self.group.error
        if self.group.beams is not None and not self.is_finished:
            return ""
        pieces = []
        for sequence, reader in zip(self.group.sequences, self._readers, strict=False):
            pieces.append(reader.read(sequence.generated, sequence.finish_reason is not None))
            if reader.is_stopped:
                self._engine.stop(self.group, sequence)
        return pieces[0]

    @property
    def answer(self) -> Answer:
        texts = [reader.text.strip() for reader in self._readers]
        return texts[0] if self._num_answers == 1 else texts


def _one_each(name: str, values: Any, count: int, default: Any) -> Sequence[Any]:
    if values is None:
        return [default] * count
    if not isinstance(values, list | tuple) or len(values) != count:
        raise InputError(f"{name} must be a list with one entry for each of the {count} dialogues")
    return values
