"""Train the demo checkpoint from nothing: `python scripts/train_demo.py`. An interrupted run is resumed."""

import argparse
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from transformers import GenerationConfig

from model.config import MiniCPMVConfig
from model.images import ImageProcessor
from model.loading import DEMO_FOLDER, load
from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from model.resampler import sine_cosine_2d
from model.tokenizer import Tokenizer
from scripts.demo.answers import FIXED_ANSWERS
from scripts.demo.dialogues import make_mixed_dialogue, make_pair_dialogue, make_random_dialogue, make_text_dialogue
from scripts.demo.language import LanguageStage
from scripts.demo.operators import SYSTEM_SENTENCES
from scripts.demo.tokenizer import save_tokenizer, train_tokenizer
from scripts.demo.training import Plan, Trainer
from scripts.demo.vision import QUERY_CLASSES, VisionStage
from scripts.demo.wordings import read_wordings

VOCAB_SIZE = 1024
VIEW_SIDE = 168
PATCH_SIDE = 14
PLACES_PER_SIDE = 48
"""The side of the table of position embeddings: a view of this area has up to 16 patches on its longer side."""
NUM_QUERIES = len(QUERY_CLASSES)

STAGES = ("vision", "text", "pairs", "language")
PLANS = {
    "cpu": (Plan(5000, 32), Plan(4000, 16), Plan(900, 16), Plan(2500, 16)),
    "cuda": (
        Plan(5000, 32),
        Plan(4000, 64, matrix_rate=0.01, learning_rate=7e-4),
        Plan(1500, 64, matrix_rate=0.01, learning_rate=7e-4),
        Plan(4000, 64, matrix_rate=0.01, learning_rate=7e-4),
    ),
}
"""The stages of a training that takes about 3 hours on 2 cores, or minutes on a GPU."""
EYES = ("vpm", "resampler")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the demo checkpoint from nothing.")
    parser.add_argument(
        "--out", type=Path, default=DEMO_FOLDER, help="where the checkpoint is written (default: %(default)s)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("work"),
        help="where the state of an unfinished run is kept (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the examples (default: %(default)s)")
    parser.add_argument(
        "--steps", type=int, nargs=len(STAGES), help="how many steps each stage takes, instead of those of the plan"
    )
    parser.add_argument("--eyes", type=Path, help="a checkpoint whose vision is copied instead of trained")
    parser.add_argument("--start", type=Path, help="a checkpoint to train further: its vision and its language model")
    parser.add_argument(
        "--rate", type=float, default=1.0, help="a factor for the plan's learning rates (default: %(default)s)"
    )
    parser.add_argument("--device", choices=PLANS, default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    for folder in (arguments.out, arguments.work):
        folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    torch.set_float32_matmul_precision("high")
    builder = make_builder(arguments.out, arguments.seed, arguments.start)
    model = make_model(builder.tokenizer).to(arguments.device)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters on {arguments.device}")
    plans = [plan.scale(arguments.rate, arguments.seed) for plan in PLANS[arguments.device]]
    if arguments.steps:
        plans = [replace(plan, num_steps=steps) for plan, steps in zip(plans, arguments.steps, strict=True)]
    vision, text, pairs, language = plans
    if arguments.start:
        copy_parts(model, arguments.start, (*EYES, "llm"))
    elif arguments.eyes:
        copy_parts(model, arguments.eyes, EYES)
    else:
        Trainer(VisionStage(model, builder.processor, vision), arguments.work).run()
    # with everything else at once, a model this small takes very long to conclude, and to tell one picture from another
    Trainer(LanguageStage(model, builder, text, "text", make_text_dialogue), arguments.work).run()
    Trainer(LanguageStage(model, builder, pairs, "pairs", make_pair_dialogue), arguments.work).run()
    Trainer(LanguageStage(model, builder, language, "language", make_mixed_dialogue), arguments.work).run()
    save(model, arguments.out)


def make_builder(folder: Path, seed: int, start: Path | None = None) -> PromptBuilder:
    """Write the tokenizer (that of `start` if there is one) and the image processor, and read them back."""
    if start is None:
        save_tokenizer(train_tokenizer(draw_tokenizer_texts(seed), VOCAB_SIZE), folder)
    elif start.resolve() != folder.resolve():  # new wordings would make new tokens, which its embeddings do not know
        for file in start.glob("tokenizer*.json"):
            shutil.copy(file, folder)
    # one view a card: the drawings need no finer look, and a smaller prompt answers faster
    processor = ImageProcessor(max_slice_nums=1, scale_resolution=VIEW_SIDE, image_feature_size=NUM_QUERIES)
    processor.save_pretrained(folder)
    return PromptBuilder(Tokenizer.from_pretrained(folder), ImageProcessor.from_pretrained(folder))


def draw_tokenizer_texts(seed: int) -> list[str]:
    rng = random.Random(seed)
    dialogues = [make_random_dialogue(rng) for _ in range(3000)]
    asked = [text for turns in dialogues for turn in turns for text in (turn.question, turn.answer)]
    questions = [text for topic in read_wordings().values() for texts in topic.values() for text in texts]
    fixed = [text for answers in FIXED_ANSWERS.values() for text in answers.values()]
    return [*asked, *questions, *fixed, *(text for texts in SYSTEM_SENTENCES.values() for text in texts)]


def make_model(tokenizer: Tokenizer) -> MiniCPMV:
    model = MiniCPMV(make_config(tokenizer))
    places = model.vpm.embeddings.position_embedding.weight
    with torch.no_grad():  # neighbours that look alike from the start are found sooner
        places.copy_(0.5 * sine_cosine_2d(PLACES_PER_SIDE, PLACES_PER_SIDE, places.shape[1], places.device))
    return model


def copy_parts(model: MiniCPMV, folder: Path, parts: Sequence[str]) -> None:
    """Copy parts of a trained checkpoint, so that a language stage can be tried without training the vision again."""
    trained = load(str(folder), device="cpu").model
    for part in parts:
        getattr(model, part).load_state_dict(getattr(trained, part).state_dict())


def make_config(tokenizer: Tokenizer) -> MiniCPMVConfig:
    """The real architecture at a small fraction of its width and depth."""
    return MiniCPMVConfig(
        initializer_range=0.07,  # about 1 / sqrt(width), as the usual 0.02 is for the real widths
        architectures=["MiniCPMV"],
        vocab_size=tokenizer.vocab_size,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
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
            "hidden_size": 160,
            "intermediate_size": 480,
            "num_hidden_layers": 4,
            "num_attention_heads": 5,
            "image_size": PLACES_PER_SIDE * PATCH_SIDE,
            "patch_size": PATCH_SIDE,
        },
    )


def save(model: MiniCPMV, folder: Path) -> None:
    """Save the model in bfloat16, the dtype of the real checkpoint; a CPU loads it as float32."""
    model.to(torch.bfloat16).save_pretrained(folder)
    ends = Tokenizer.from_pretrained(folder).end_ids
    GenerationConfig(bos_token_id=model.config.bos_token_id, eos_token_id=list(ends)).save_pretrained(folder)


if __name__ == "__main__":
    main()
