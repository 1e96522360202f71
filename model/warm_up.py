"""The first answers of a loaded model, so that one that cannot answer is refused at the start and not at a request."""

import math

from PIL import Image

from model.chat import ChatModel, Dialogue, RunningRequest
from model.engine.engine import Engine
from model.engine.kv_cache import RegionPool
from model.engine.prefix import BLOCK_SIZE
from model.engine.scheduler import Scheduler
from model.errors import LoadError, OutOfMemory, first_line
from model.messages import Part

QUESTION = "What is this?"
NUM_TOKENS = 3
"""The length of each answer: one token comes from the prompt, the next from decode steps."""


def warm_up(model: ChatModel) -> None:
    """Answer a question in text and one about a picture, in one batch, and forget both.

    Kernels are loaded on their first use, and int4 weights are packed, which would hold up the first request. Raises
    `LoadError` where a step fails, or gives infinite or undefined numbers; `OutOfMemory` as a step does.
    """
    engine = model.engine
    runner = engine.runner
    scheduler = Scheduler(
        RegionPool(engine.scheduler.pool.capacity // BLOCK_SIZE), engine.scheduler.limits, runner.images
    )
    # a plain engine, whose errors are not recovered from, and whose counts are not the server's
    trial = ChatModel(Engine(runner, scheduler, engine.end_ids, engine.max_model_len), model.builder, model.info)
    try:
        requests = trial.run([_prepare(trial, [QUESTION]), _prepare(trial, [_draw_picture(model), QUESTION])])
    except OutOfMemory:
        raise
    except Exception as error:  # whatever a library raises over these weights
        raise LoadError(f"{model.info.source} was loaded, but cannot answer: {first_line(error)}") from error
    finally:
        engine.scheduler.pool.clear()  # what it kept may be overwritten
        runner.num_tokens = 0
        runner.images.reset()
    if not all(_is_finite(request) for request in requests):
        raise LoadError(
            f"{model.info.source} was loaded, but computes infinite or undefined numbers in {model.info.dtype}"
        )


def _prepare(model: ChatModel, content: list[Part]) -> Dialogue:
    return model.prepare(
        [{"role": "user", "content": content}],
        sampling=False,
        num_beams=1,
        logprobs=1,
        max_new_tokens=NUM_TOKENS,
        min_new_tokens=NUM_TOKENS,
    )


def _draw_picture(model: ChatModel) -> Image.Image:
    """Draw a picture of one view, with all shades from black to white."""
    side = model.builder.processor.scale_resolution
    return Image.linear_gradient("L").resize((side, side))


def _is_finite(request: RunningRequest) -> bool:
    """Return whether the logits were finite: one undefined number among them makes every probability undefined."""
    return all(math.isfinite(token.logprob) for token in request.group.sequences[0].logprobs)
