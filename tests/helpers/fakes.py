"""Stand-ins with the behaviour that tests need, and none of the weights."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PIL import Image
from tokenizers import AddedToken, decoders, models, pre_tokenizers
from tokenizers import Tokenizer as Backend

from model.chat import PROMPT_OPTIONS, Dialogue, ModelInfo
from model.engine.batch import Batch
from model.engine.blame import blame
from model.engine.budget import Limits
from model.engine.kv_cache import RegionPool
from model.engine.recovery import RecoveringEngine
from model.engine.sampler import Choice
from model.engine.scheduler import Scheduler
from model.engine.sequence import Group, TokenLogprob
from model.engine.sequence import Sequence as EngineSequence
from model.engine.stats import Histogram
from model.errors import DeviceError, OutOfMemory, PromptTooLong
from model.images import ImageProcessor, View
from model.messages import Picture, parse_messages
from model.prompt import Prompt, PromptBuilder
from model.sampling import SamplingParams
from model.tokenizer import CONTROL_TOKENS, Tokenizer

INFO = ModelInfo(source="fake", device="cpu", dtype="float32", quantization="none", attention="sdpa", is_demo=False)


def byte_tokenizer() -> Tokenizer:
    """Return a tokenizer with one token for each byte, and the control tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Backend(models.BPE({sign: i for i, sign in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in CONTROL_TOKENS])
    return Tokenizer(backend)


class NoImages:
    """An image cache that never has a view to encode."""

    num_encoded = 0
    num_bytes = 0

    def __init__(self) -> None:
        self.encode_s = Histogram()

    def __contains__(self, key: object) -> bool:
        return True

    def add(self, views: tuple[View, ...]) -> None: ...

    def discard(self, views: tuple[View, ...]) -> None: ...

    def clear(self) -> None: ...


class EchoRunner:
    """A runner that answers each prompt with itself, a token a step, for any number of samples.

    A step with "slow" in a prompt calls `pause` first. One with "fail" raises, one with "too much" has no memory,
    one with "die" ends the engine, and one with "hang" never returns. `num_steps` counts them. A masked answer is the
    shortest that comes to mind.
    """

    def __init__(self, tokenizer: Tokenizer, pause: Callable[[], object]) -> None:
        self.images = NoImages()
        self.tokenizer = tokenizer
        self.pause = pause
        self.num_steps = 0

    def run(self, batch: Batch) -> dict[Group, list[Choice]]:
        self.num_steps += bool(batch.rows)
        texts = [self.tokenizer.decode(self._prompt(row.sequence)) for row in batch.rows]
        if any("slow" in text for text in texts):
            self.pause()
        if any("fail" in text for text in texts):
            raise RuntimeError("a secret of the inside")
        if any("too much" in text for text in texts):
            raise OutOfMemory("a secret of the device")
        if any("die" in text for text in texts):
            raise DeviceError("broken beyond repair")
        if any("hang" in text for text in texts):
            time.sleep(3600)
        choices: dict[Group, list[Choice]] = {}
        for row in (row for row in batch.rows if row.is_sampled):
            group, sequence = row.group, row.sequence
            count = group.params.n if len(group.sequences) == 1 else 1
            with blame(group):
                token_id = self._next(group, sequence)
            if group.error is not None:
                continue
            own = choices.setdefault(group, [])
            logprob = None if group.params.logprobs is None else TokenLogprob(token_id, -0.5, ((token_id, -0.5),))
            own += [Choice(len(own) if count == 1 else 0, token_id, logprob) for _ in range(count)]
        return choices

    def _next(self, group: Group, sequence: EngineSequence) -> int:
        """Return the next token: under a mask the first allowed of the end, what closes a JSON value, and any other."""
        if group.mask is None:
            rest: list[int] = [*self._prompt(sequence), self.tokenizer.end_ids[0]]
            return rest[min(sequence.num_generated, len(rest) - 1)]
        allowed = group.mask(sequence.generated)
        assert allowed is not None, "a grammar always says what may come"
        wanted: list[int] = [*self.tokenizer.end_ids, *self.tokenizer.encode('"}]'), *range(len(allowed))]
        return next(iter(token_id for token_id in wanted if allowed[token_id]))

    def _prompt(self, sequence: EngineSequence) -> list[int]:
        return sequence.token_ids[: sequence.num_prompt_tokens]


class FakeChatModel:
    """A model that answers `pictures/questions: the last question`, through a real engine.

    A part counts one token; more than `max_tokens` of them are too long. A slow step takes `delay_s`, or as long as
    `pause` does.
    """

    def __init__(self, max_tokens: int = 1000, delay_s: float = 0.0, pause: Callable[[], object] | None = None) -> None:
        self.info = INFO
        self.max_tokens = max_tokens
        tokenizer = byte_tokenizer()
        self.builder = PromptBuilder(tokenizer, ImageProcessor())
        runner: Any = EchoRunner(tokenizer, pause or partial(time.sleep, delay_s))
        scheduler = Scheduler(RegionPool(1000), Limits(64, 2048, 64), runner.images)
        self.engine = RecoveringEngine(runner, scheduler, tokenizer.end_ids, max_model_len=4000)
        self.calls: list[list[dict[str, Any]]] = []
        self.options: dict[str, Any] = {}

    def prepare(self, msgs: Sequence[Any], *, sampling: bool = True, **given: Any) -> Dialogue:
        parse_messages(msgs)
        self.calls.append(list(msgs))
        self.options = given
        parts = [
            part for msg in msgs for part in (msg["content"] if isinstance(msg["content"], list) else [msg["content"]])
        ]
        if len(parts) > self.max_tokens:
            raise PromptTooLong(len(parts), self.max_tokens)
        pictures = sum(isinstance(part, Image.Image | Picture) for part in parts)
        questions = sum(msg["role"] == "user" for msg in msgs)
        answer = f"{pictures}/{questions}: {msgs[-1]['content'][-1]}"
        params = SamplingParams.for_mode(sampling, **{k: v for k, v in given.items() if k not in PROMPT_OPTIONS})
        prompt = Prompt(tuple(self.builder.tokenizer.encode(answer)))
        return Dialogue(prompt, params, self.engine.limit_new_tokens(prompt, params))
