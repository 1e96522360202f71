"""Make the demo checkpoint from nothing: `python scripts/train_demo.py`. An interrupted run goes on where it was."""

import argparse
import random
from dataclasses import replace
from pathlib import Path

import torch
from transformers import GenerationConfig

from model.config import MiniCPMVConfig
from model.images import ImageProcessor
from model.loading import DEMO_FOLDER
from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from model.tokenizer import Tokenizer
from scripts.demo_dialogues import FIXED_ANSWERS, WORDINGS, random_dialogue
from scripts.demo_tokenizer import save_tokenizer, train_tokenizer
from scripts.demo_training import Plan, Trainer

VOCAB_SIZE = 768
VIEW_SIDE = 112
NUM_QUERIES = 16


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo checkpoint from nothing.")
    parser.add_argument("--out", type=Path, default=DEMO_FOLDER, help="where the checkpoint goes")
    parser.add_argument("--work", type=Path, default=Path("work"), help="where the state of an unfinished run lies")
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--steps", type=int, default=Plan.num_steps)
    arguments = parser.parse_args()
    for folder in (arguments.out, arguments.work):
        folder.mkdir(parents=True, exist_ok=True)
    plan = replace(Plan(), seed=arguments.seed, num_steps=arguments.steps)
    torch.manual_seed(plan.seed)
    builder = make_builder(arguments.out, plan.seed)
    model = MiniCPMV(make_config(builder.tokenizer))
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {plan.num_steps * plan.batch_size:,} dialogues")
    Trainer(model, builder, plan, arguments.work / "train_demo.pt").run()
    save(model, arguments.out)


def make_builder(folder: Path, seed: int) -> PromptBuilder:
    """Write the tokenizer and the image processor, and read them back as the server will."""
    save_tokenizer(train_tokenizer(tokenizer_texts(seed), VOCAB_SIZE), folder)
    # one view a card: the drawings need no finer look, and a smaller prompt answers faster
    processor = ImageProcessor(max_slice_nums=1, scale_resolution=VIEW_SIDE, image_feature_size=NUM_QUERIES)
    processor.save_pretrained(folder)
    return PromptBuilder(Tokenizer.from_pretrained(folder), ImageProcessor.from_pretrained(folder))


def tokenizer_texts(seed: int) -> list[str]:
    rng = random.Random(seed)
    dialogues = [random_dialogue(rng) for _ in range(2000)]
    wordings = [text for kinds in WORDINGS.values() for texts in kinds.values() for text in texts]
    fixed = [text for kinds in FIXED_ANSWERS.values() for text in kinds.values()]
    return [text for turns in dialogues for turn in turns for text in (turn.question, turn.answer)] + wordings + fixed


def make_config(tokenizer: Tokenizer) -> MiniCPMVConfig:
    """The real architecture at a thousandth of its width times depth."""
    return MiniCPMVConfig(
        architectures=["MiniCPMV"],
        vocab_size=tokenizer.vocab_size,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=False,
        bos_token_id=tokenizer.control_id("<|im_start|>"),
        eos_token_id=tokenizer.control_id("<|im_end|>"),
        image_size=VIEW_SIDE,
        query_num=NUM_QUERIES,
        vision_batch_size=64,
        vision_config={
            "hidden_size": 128,
            "intermediate_size": 256,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "image_size": 16 * 14,
            "patch_size": 14,
        },
    )


def save(model: MiniCPMV, folder: Path) -> None:
    """In bfloat16, the real checkpoint's dtype; it is loaded as float32 on a CPU."""
    model.to(torch.bfloat16).save_pretrained(folder)
    ends = Tokenizer.from_pretrained(folder).end_ids
    GenerationConfig(bos_token_id=model.config.bos_token_id, eos_token_id=list(ends)).save_pretrained(folder)


if __name__ == "__main__":
    main()
