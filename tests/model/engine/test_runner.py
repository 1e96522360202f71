"""With a model, the engine gives the tokens of transformers' `generate`, however the work is cut into steps."""

import random
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessorList, RepetitionPenaltyLogitsProcessor

from model.chat import ChatModel
from model.engine import runner
from model.engine.batch import Batch
from model.engine.budget import Limits
from model.engine.build import build_engine
from model.engine.engine import Engine
from model.engine.kv_cache import RegionPool
from model.engine.region import Copy
from model.engine.scheduler import Scheduler
from model.engine.sequence import Group
from model.errors import DeviceError, OutOfMemory
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.prompt import Prompt
from model.sampling import SamplingParams
from tests.helpers.engine_requests import add_request

LENGTHS = (5, 31, 32, 33, 100, 257)
NUM_NEW = 12
PARAMS = (
    SamplingParams(temperature=0, max_new_tokens=NUM_NEW, repetition_penalty=1.0),
    SamplingParams(temperature=0, max_new_tokens=NUM_NEW, repetition_penalty=1.3),
    SamplingParams(temperature=0, max_new_tokens=NUM_NEW, repetition_penalty=1.2, num_beams=3),
    SamplingParams(temperature=0, max_new_tokens=NUM_NEW, repetition_penalty=1.0, num_beams=4, min_new_tokens=4),
)


@pytest.fixture(scope="module")
def prompts(chat_model: ChatModel) -> list[Prompt]:
    rng = random.Random(0)
    vocab_size = chat_model.model.config.vocab_size
    return [Prompt(tuple(rng.randrange(5, vocab_size) for _ in range(length))) for length in LENGTHS]


@pytest.fixture(scope="module")
def reference(golden_folder: Any, prompts: list[Prompt], chat_model: ChatModel) -> dict[tuple[int, int], list[int]]:
    """Return transformers' answers to one request at a time, as token ids."""
    model = MiniCPMV.from_pretrained(golden_folder / "checkpoint", dtype=torch.float32).eval()
    ends = chat_model.engine.end_ids
    return {
        (i, j): generate(model, prompt, params, ends)
        for i, prompt in enumerate(prompts)
        for j, params in enumerate(PARAMS)
    }


@pytest.fixture(scope="module")
def reference_logits(golden_folder: Any, prompts: list[Prompt]) -> Tensor:
    """Return the logits `[100, vocab_size]` of one prompt in a plain forward."""
    model = MiniCPMV.from_pretrained(golden_folder / "checkpoint", dtype=torch.float32).eval()
    with torch.inference_mode():
        embeds = model.get_input_embeddings()(torch.tensor(prompts[4].input_ids))
        logits: Tensor = model(embeds[None]).logits[0]
    return logits


@torch.inference_mode()
def generate(model: MiniCPMV, prompt: Prompt, params: SamplingParams, ends: tuple[int, ...]) -> list[int]:
    embeds = model.embed(torch.tensor(prompt.input_ids), model.encode_views([]), [])[None]
    config = GenerationConfig(
        num_beams=params.num_beams,
        max_new_tokens=params.max_new_tokens,
        min_new_tokens=params.min_new_tokens or None,
        eos_token_id=list(ends),
        pad_token_id=ends[-1],
    )
    ids: list[int] = model.llm.generate(
        inputs_embeds=embeds,
        attention_mask=torch.ones(embeds.shape[:2], dtype=torch.long),
        generation_config=config,
        logits_processor=LogitsProcessorList([RepetitionPenaltyLogitsProcessor(params.repetition_penalty)]),
    )[0].tolist()
    return ids


def make_engine(chat_model: ChatModel, num_blocks: int | None = None, **options: Any) -> Engine:
    engine = build_engine(chat_model.model, chat_model.engine.end_ids, "sdpa", EngineOptions(**options))
    if num_blocks is not None:
        engine.scheduler = Scheduler(RegionPool(num_blocks), engine.scheduler.limits, engine.runner.images)
    return engine


def finish(engine: Engine) -> None:
    while not engine.is_idle:
        engine.step()
        engine.scheduler.check()


def read_answer(group: Group) -> list[int]:
    assert group.error is None
    return group.sequences[0].generated


@pytest.mark.parametrize(
    ("num_blocks", "options"),
    [
        (None, {}),
        (None, {"max_num_seqs": 8, "max_num_batched_tokens": 48}),
        (64, {"max_num_seqs": 16, "max_num_batched_tokens": 64}),
    ],
)
def test_tokens_are_those_of_transformers(
    chat_model: ChatModel,
    prompts: list[Prompt],
    reference: dict[tuple[int, int], list[int]],
    num_blocks: int | None,
    options: dict[str, int],
) -> None:
    engine = make_engine(chat_model, num_blocks, **options)
    for _ in range(2):  # the second time much is found in the cache
        groups = {(i, j): add_request(engine, prompts[i], PARAMS[j]) for i, j in reference}
        finish(engine)
        assert {key: read_answer(group) for key, group in groups.items()} == reference
    if num_blocks is not None:
        assert engine.scheduler.num_preemptions > 0


def test_requests_share_steps_and_compute_each_token_once(chat_model: ChatModel, prompts: list[Prompt]) -> None:
    engine = make_engine(chat_model, max_num_batched_tokens=64)
    held = SamplingParams(temperature=0, max_new_tokens=10, min_new_tokens=10)
    for prompt in prompts:
        add_request(engine, prompt, held)
    finish(engine)
    assert engine.runner.num_tokens == sum(LENGTHS) + len(LENGTHS) * 9
    assert engine.stats.step_s.count < 20, "one after another it would be 60"


def test_a_forward_without_memory_is_tried_again(
    chat_model: ChatModel, prompts: list[Prompt], reference: dict[tuple[int, int], list[int]]
) -> None:
    engine = make_engine(chat_model)
    model, forward, num_calls = chat_model.model.llm.model, chat_model.model.llm.model.forward, 0

    def failing(*args: Any, **given: Any) -> Any:
        nonlocal num_calls
        num_calls += 1
        if num_calls == 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(*args, **given)

    model.forward = failing
    try:
        group = add_request(engine, prompts[4], PARAMS[0])
        finish(engine)
    finally:
        del model.forward
    assert read_answer(group) == reference[4, 0], "the step was tried again"
    assert engine.scheduler.limits.max_num_batched_tokens == 256


def test_out_of_memory_has_an_error_of_its_own(chat_model: ChatModel, prompts: list[Prompt]) -> None:
    engine = make_engine(chat_model)
    add_request(engine, prompts[0], PARAMS[0])
    batch = engine.scheduler.schedule()
    engine.runner.sampler.sample = lambda *_: (_ for _ in ()).throw(  # type: ignore[method-assign]
        torch.OutOfMemoryError("none left")
    )
    with pytest.raises(OutOfMemory, match="none left"):
        engine.runner.run(batch)


def test_a_lost_device_has_an_error_of_its_own(chat_model: ChatModel, prompts: list[Prompt]) -> None:
    engine = make_engine(chat_model)
    group = add_request(engine, prompts[0], PARAMS[0])
    engine.runner.sampler.sample = lambda *_: (_ for _ in ()).throw(  # type: ignore[method-assign]
        torch.AcceleratorError("an illegal memory access was encountered")
    )
    with pytest.raises(DeviceError, match="illegal memory access"):
        engine.step()
    assert group.is_finished


@pytest.mark.parametrize("target", [32, 64, 16, 48])
def test_a_copy_may_overlap_itself_and_stays_in_the_batch_until_it_is_done(chat_model: ChatModel, target: int) -> None:
    runner = make_engine(chat_model, kv_cache_bytes=1 << 22).runner
    runner.pool.copy_(torch.randn(runner.pool.shape))
    wanted = runner.pool[:, :, 32:96].clone()
    batch = Batch(copies=[Copy(32, target, 64), Copy(target, 10_000_000, 64)])
    with pytest.raises(RuntimeError):
        runner.run(batch)
    assert torch.equal(runner.pool[:, :, target : target + 64], wanted)
    assert batch.copies == [Copy(target, 10_000_000, 64)]


def prompt_with_two_pictures(chat_model: ChatModel) -> Prompt:
    pictures = [Image.new("RGB", (60, 60), colour) for colour in ("red", "blue")]
    return chat_model.prepare([{"role": "user", "content": [*pictures, "?"]}]).prompt


def test_a_step_that_encodes_a_view_keeps_the_others_it_reads(chat_model: ChatModel) -> None:
    prompt = prompt_with_two_pictures(chat_model)
    usual, small = make_engine(chat_model), make_engine(chat_model, image_cache_bytes=1)
    middle = sum(prompt.image_bounds[0]) // 2
    small.scheduler.limits = Limits(4, middle + 10, view_cost=10)  # the first chunk ends within the first view
    groups = [add_request(engine, prompt, PARAMS[0]) for engine in (usual, small)]
    finish(usual)
    finish(small)
    assert read_answer(groups[1]) == read_answer(groups[0])


@pytest.mark.parametrize(("step_tokens", "scored_rows"), [(30, 64), (512, 64), (512, 7)])
def test_prompt_log_probabilities_are_correct(
    chat_model: ChatModel,
    prompts: list[Prompt],
    reference_logits: Tensor,
    monkeypatch: pytest.MonkeyPatch,
    step_tokens: int,
    scored_rows: int,
) -> None:
    monkeypatch.setattr(runner, "SCORED_ROWS", scored_rows)
    wanted = reference_logits.log_softmax(-1)[range(99), prompts[4].input_ids[1:]]
    engine = make_engine(chat_model, max_num_batched_tokens=step_tokens, max_num_seqs=4)
    group = add_request(engine, prompts[4], SamplingParams(temperature=0, max_new_tokens=1, prompt_logprobs=1))
    finish(engine)
    found = torch.tensor([one.logprob for one in group.prompt_logprobs])
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=0)
    assert [one.top[0][0] for one in group.prompt_logprobs] == reference_logits[:-1].argmax(-1).tolist()


def test_prompt_log_probabilities_are_complete_after_a_preemption(chat_model: ChatModel, prompts: list[Prompt]) -> None:
    params = SamplingParams(temperature=0, max_new_tokens=1, prompt_logprobs=1)
    found = []
    for is_preempted in (False, True):
        engine = make_engine(chat_model, max_num_batched_tokens=30, max_num_seqs=4)
        group = add_request(engine, prompts[4], params)
        engine.step()
        if is_preempted:
            engine.scheduler.preempt(group)
            engine.scheduler.limits = Limits(4, 47, view_cost=64)  # the chunks end elsewhere the second time
        finish(engine)
        found.append([one.token_id for one in group.prompt_logprobs])
    assert found[1] == found[0] == list(prompts[4].input_ids[1:])


def test_a_prompt_is_scored_in_parts_without_effect_on_others(
    chat_model: ChatModel, prompts: list[Prompt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "SCORED_ROWS", 7)
    sizes: list[int] = []
    head = chat_model.model.llm.lm_head
    hook = head.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    answers = []
    for params in (PARAMS[0], SamplingParams(temperature=0, prompt_only=True, prompt_logprobs=2)):
        engine = make_engine(chat_model, max_num_batched_tokens=512, max_num_seqs=4)
        first, beside = add_request(engine, prompts[4], params), add_request(engine, prompts[1], PARAMS[0])
        finish(engine)
        answers.append(read_answer(beside))
    hook.remove()
    assert answers[0] == answers[1]
    assert sizes.count(7) == 99 // 7
    assert max(sizes) == 7
    assert (first.sequences[0].generated, first.sequences[0].finish_reason) == ([], "length")
    assert engine.stats.num_generated_tokens == len(answers[1])


def test_what_is_scored_again_may_come_from_the_cache(chat_model: ChatModel, prompts: list[Prompt]) -> None:
    """A group that was preempted finds the positions whose logits it had, and no others."""
    params = SamplingParams(temperature=0, max_new_tokens=1, prompt_logprobs=0)
    engine = make_engine(chat_model, max_num_batched_tokens=70, max_num_seqs=4)
    group = add_request(engine, prompts[4], params)
    engine.step()
    engine.scheduler.preempt(group)
    before = engine.runner.num_tokens
    finish(engine)
    assert [one.token_id for one in group.prompt_logprobs] == list(prompts[4].input_ids[1:])
    assert engine.runner.num_tokens - before == 100 - 64
    again = add_request(engine, prompts[4], params)
    finish(engine)
    assert (again.num_cached, len(again.prompt_logprobs)) == (0, 99)
