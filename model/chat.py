"""The model with its engine, tokenizer and image processor, and the `chat(msgs=...)` of the reference."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from PIL import Image

from model.engine.engine import Engine
from model.errors import InputError
from model.messages import PromptOptions, parse_messages
from model.minicpmv import MiniCPMV
from model.prompt import Prompt, PromptBuilder
from model.reader import AnswerReader
from model.sampling import SamplingParams
from model.tokenizer import Tokenizer

PROMPT_OPTIONS = frozenset(PromptOptions.__struct_fields__)

Answer = str | list[str]
"""The text of an answer, or a list of texts when several samples were asked for."""


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """What model is loaded and how it runs, for people to read."""

    source: str
    device: str
    dtype: str
    quantization: str
    attention: str
    is_demo: bool
    kv_cache_tokens: int = 0
    decoding: str = "eager decode steps"
    max_model_len: int = 0
    """The largest number of tokens of a prompt and its answer together."""
    num_parameters: int = 0
    weight_bytes: int = 0
    fingerprint: str = ""
    """A hash of the weights: models with the same fingerprint give the same answers."""
    other_gpus: str = ""
    """A sentence on the GPUs that are not used, where there are several."""


@dataclass(frozen=True)
class Dialogue:
    """A request that was checked and can be added to the engine.

    `max_new_tokens` is what the context leaves of `params.max_new_tokens`. `spared` are the tags of passages in which
    stop strings do nothing.
    """

    prompt: Prompt
    params: SamplingParams
    max_new_tokens: int
    spared: tuple[str, ...] = ()

    def make_reader(self, tokenizer: Tokenizer) -> AnswerReader:
        """Return a reader for one of the answers."""
        healing = self.prompt.healing
        num_hidden = 0 if healing is None else healing.num_characters
        return AnswerReader(tokenizer, self.params.stop, self.spared, num_hidden)


class ChatModel:
    """A loaded model: its engine, and `builder`, which has its tokenizer and image processor."""

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
        """Answer one dialogue, or a list of dialogues as one batch.

        - `msgs` is `[{"role", "content"}, ...]`. A content is a string, or a list of strings and PIL images in their
          order. A list of such lists is a batch, and the result is a list of answers.
        - `image` is put before the first message; a batch takes a list with one image, or None, for each dialogue.
        - The answer continues an assistant's last message, and is what it adds, unless `continue_final_message=False`.
        - `sampling=False` is beam search with 3 beams, or greedy with `num_beams=1`.
        - `stream=True` returns an iterator of text, for one dialogue. With `n` over 1, an answer is a list of texts.
        - The other keywords are the fields of `PromptOptions` and `SamplingParams`. For a batch, `options` holds a
          mapping of these, and `sampling`, for each dialogue, which take precedence over the common ones.

        Answers have no white space at their ends, like the reference's; a stream gives every character.
        Raise `InputError` when messages or parameters cannot be used, and its subclass `PromptTooLong`.
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
        images = _list_for_each("image", image, len(msgs), None)
        own = _list_for_each("options", options, len(msgs), {})
        given = [{"sampling": sampling, **common, **mapping} for mapping in own]
        dialogues = [self.prepare(m, i, **g) for m, i, g in zip(msgs, images, given, strict=True)]
        return [running.answer for running in self.run(dialogues)]

    def prepare(self, msgs: Any, image: Any = None, *, sampling: bool = True, **given: Any) -> Dialogue:
        """Check one dialogue and its parameters, and build its prompt. The device is not used.

        Raise `InputError`: of its subclasses, `PromptTooLong`, and `CacheTooSmall` when the KV cache could not hold
        the request even alone.
        """
        options = PromptOptions.from_dict({name: given.pop(name) for name in PROMPT_OPTIONS & set(given)})
        params = SamplingParams.for_mode(sampling, **given)
        limit = min(options.max_inp_length, self.engine.max_model_len - 1)  # one position is kept for the answer
        prompt = self.builder.build(parse_messages(msgs, image), msgspec.structs.replace(options, max_inp_length=limit))
        return Dialogue(prompt, params, self.engine.limit_new_tokens(prompt, params))

    def run(self, dialogues: Sequence[Dialogue]) -> "list[RunningRequest]":
        """Answer dialogues to their ends, all of them in the engine at once."""
        requests = [RunningRequest(self, dialogue) for dialogue in dialogues]
        try:
            while not all(request.is_finished for request in requests):
                self.engine.step()
                for request in requests:
                    request.read()
        finally:
            for request in requests:
                self.engine.abort(request.group)
        return requests

    def _stream(self, dialogue: Dialogue) -> Iterator[str]:
        if max(dialogue.params.n, dialogue.params.num_beams) > 1:
            raise InputError("stream=True gives one answer as it comes: it needs n=1, and sampling=True or num_beams=1")
        return self._stream_text(dialogue)

    def _stream_text(self, dialogue: Dialogue) -> Iterator[str]:
        request = RunningRequest(self, dialogue)
        try:
            while not request.is_finished:
                self.engine.step()
                if text := request.read():
                    yield text
        finally:
            self.engine.abort(request.group)


class RunningRequest:
    """One request in the engine, whose answers are read as they grow."""

    def __init__(self, chat_model: ChatModel, dialogue: Dialogue) -> None:
        self._engine = chat_model.engine
        self._is_continued = dialogue.prompt.num_continued > 0
        self._readers = [dialogue.make_reader(chat_model.builder.tokenizer) for _ in range(dialogue.params.n)]
        self.group = self._engine.add(dialogue.prompt, dialogue.params, dialogue.max_new_tokens)

    @property
    def is_finished(self) -> bool:
        return self.group.is_finished

    def read(self) -> str:
        """Return the first answer's new text, and end answers at their stop strings. Raise the error of the request."""
        if self.group.error is not None:
            raise self.group.error
        if self.group.beams is not None and not self.is_finished:
            return ""
        texts = []
        for sequence, reader in zip(self.group.sequences, self._readers, strict=False):
            texts.append(reader.read(sequence.generated, sequence.finish_reason is not None))
            if reader.is_stopped:
                self._engine.stop(self.group, sequence)
        return texts[0]

    @property
    def answer(self) -> Answer:
        texts = [reader.text.rstrip() if self._is_continued else reader.text.strip() for reader in self._readers]
        return texts[0] if len(texts) == 1 else texts


def _list_for_each(name: str, values: Any, count: int, default: Any) -> Sequence[Any]:
    if values is None:
        return [default] * count
    if not isinstance(values, list | tuple) or len(values) != count:
        raise InputError(f"{name} must be a list with one entry for each of the {count} dialogues")
    return values
