"""Answers from prompts: a left-padded batch decoded step by step, and beam search by transformers."""

from collections.abc import Generator, Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache, GenerationConfig, LogitsProcessorList, RepetitionPenaltyLogitsProcessor

from model.minicpmv import MiniCPMV
from model.prompt import Prompt
from model.sampling import Generation, sample


@torch.inference_mode()
def generate(
    model: MiniCPMV, prompts: Sequence[Prompt], generations: Sequence[Generation], end_ids: Sequence[int]
) -> Generator[None, None, None]:
    """Grow every generation by one token a step, until each has a `finish_reason`; yields after each step.

    The reader may end a generation between steps by setting its `finish_reason`.
    """
    cache = DynamicCache(config=model.llm.config)
    embeds, mask = _left_pad([embed(model, prompt) for prompt in prompts])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    while True:
        # without padding there is nothing to mask, and the kernels may take their fast paths
        attention_mask = None if bool(mask.all()) else mask
        out = model(
            embeds, attention_mask=attention_mask, position_ids=positions, past_key_values=cache, logits_to_keep=1
        )
        token_ids = sample(out.logits[:, -1], generations, end_ids)
        for generation, token_id in zip(generations, token_ids, strict=True):
            if generation.finish_reason is None:
                generation.append(token_id, end_ids)
        yield
        if all(generation.finish_reason for generation in generations):
            return
        embeds = model.get_input_embeddings()(torch.tensor(token_ids, device=model.device)[:, None])
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], dim=1)
        positions = positions[:, -1:] + 1


@torch.inference_mode()
def beam_search(model: MiniCPMV, prompt: Prompt, generation: Generation, end_ids: Sequence[int]) -> None:
    """Fill one generation with the best of `num_beams` beams."""
    params = generation.params
    config = GenerationConfig(
        num_beams=params.num_beams,
        max_new_tokens=generation.max_new_tokens,
        min_new_tokens=params.min_new_tokens or None,
        eos_token_id=list(end_ids),
        pad_token_id=end_ids[-1],
    )
    embeds = embed(model, prompt)[None]
    mask = torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device)
    # generate() sees new tokens only, so that is what the penalty counts
    penalty = LogitsProcessorList([RepetitionPenaltyLogitsProcessor(params.repetition_penalty)])
    out = model.llm.generate(
        inputs_embeds=embeds, attention_mask=mask, generation_config=config, logits_processor=penalty
    )
    for token_id in out[0].tolist():
        if generation.finish_reason is None:
            generation.append(token_id, end_ids)


def embed(model: MiniCPMV, prompt: Prompt) -> Tensor:
    """`[T, width]`: the prompt's text and pictures as the language model reads them."""
    features = model.image_features(prompt.views)
    return model.embed(torch.tensor(prompt.input_ids, device=model.device), features, prompt.image_bounds)


def _left_pad(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """`[T_i, width]` rows -> `[B, T, width]`, zeros before shorter ones, and the mask `[B, T]` of real positions."""
    mask = pad_sequence([row.new_ones(len(row), dtype=torch.long) for row in rows], True, 0, "left")
    return pad_sequence(list(rows), True, 0.0, "left"), mask
