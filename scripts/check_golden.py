"""Compare the port with recorded outputs of the reference: `python scripts/check_golden.py FOLDER`.

FOLDER holds `checkpoint/`, `images/`, `cases.json` and `tensors.safetensors`. Every case is run and the numbers of
equal and differing ones are printed as a table; the exit code is 1 if any differs.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from model.chat import ChatModel, Dialogue
from model.engine.batch import Row
from model.engine.sampler import Choice, Sampler
from model.engine.sequence import Group
from model.images import ImageViews, View
from model.loading import load
from model.prompt import Prompt, PromptWriter

TOLERANCE = 1e-3
SAFE_MARGIN = 1e-3
"""Where the two best logits are closer than this, rounding in another kernel may choose the other token."""

RECORDED_IMAGE_ID = 3
MODES: dict[str, dict[str, Any]] = {
    "greedy": {"num_beams": 1, "repetition_penalty": 1.0},
    "greedy_penalty": {"num_beams": 1, "repetition_penalty": 1.2},
    "beam": {"num_beams": 3, "repetition_penalty": 1.2},
}


class Result(NamedTuple):
    """One comparison. `is_equal` is None where another token was chosen within `SAFE_MARGIN`."""

    quantity: str
    case: str
    is_equal: bool | None


class Golden:
    """A folder of recorded cases, and the model loaded from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
        self.tensors = load_file(folder / "tensors.safetensors")
        self.model: ChatModel = load(str(folder / "checkpoint"), dtype="float32", device="cpu", attention="sdpa")

    def open_image(self, name: str) -> Image.Image:
        return Image.open(self.folder / "images" / name)

    def read_messages(self, chat: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the messages of a recorded chat as `ChatModel.prepare` takes them."""
        return [{"role": m["role"], "content": [self._read_part(part) for part in m["content"]]} for m in chat["msgs"]]

    def _read_part(self, part: str | dict[str, str]) -> str | Image.Image:
        return part if isinstance(part, str) else self.open_image(part["image"])

    def prepare(self, chat: dict[str, Any], mode: str) -> Dialogue:
        """Return a recorded chat with the parameters of one of `MODES`."""
        options = {"max_new_tokens": chat["max_new_tokens"], **MODES[mode], **chat["options"]}
        return self.model.prepare(self.read_messages(chat), sampling=False, **options)

    def build_prompt(self, chat: dict[str, Any]) -> Prompt:
        return self.prepare(chat, "greedy").prompt

    def generate(self, chats: Sequence[dict[str, Any]], mode: str) -> list[list[int]]:
        """Return the generated ids of each chat, answered together in one batch."""
        answers = self.model.run([self.prepare(chat, mode) for chat in chats])
        return [answer.group.sequences[0].generated for answer in answers]

    def generate_batch(self, chats: Sequence[dict[str, Any]]) -> tuple[list[list[int]], float]:
        """Answer chats in one batch with the default options, whatever their own are.

        Return the generated ids of each, and the smallest gap between the two best logits along the answers.
        """
        own = {"options": {"logprobs": 2}}
        answers = self.model.run([self.prepare({**chat, **own}, "greedy") for chat in chats])
        sequences = [answer.group.sequences[0] for answer in answers]
        gaps = [token.top[0][1] - token.top[1][1] for sequence in sequences for token in sequence.logprobs]
        return [sequence.generated for sequence in sequences], min(gaps)

    def compute_logits(self, chat: dict[str, Any]) -> Tensor:
        """Return the logits of the first generated token: `[vocabulary]` float32."""
        runner = self.model.engine.runner
        usual, runner.sampler = runner.sampler, (recorder := RecordingSampler(self.model.engine.end_ids))
        self.generate([chat], "greedy")
        runner.sampler = usual
        return recorder.first[0]


class RecordingSampler(Sampler):
    """A sampler that keeps the first logits it is given."""

    def __init__(self, end_ids: Sequence[int]) -> None:
        super().__init__(end_ids)
        self.first = torch.empty(0)

    def sample(self, logits: Tensor, rows: Sequence[Row]) -> dict[Group, list[Choice]]:
        self.first = self.first if self.first.numel() else logits.clone()
        return super().sample(logits, rows)


def check(golden: Golden) -> Iterator[Result]:
    """Yield the results of all comparisons, in the order of the table."""
    yield from check_tokenize(golden)
    yield from check_images(golden)
    yield from check_prompts(golden)
    yield from check_numbers(golden)
    yield from check_answers(golden)
    yield from check_batches(golden)


def check_tokenize(golden: Golden) -> Iterator[Result]:
    tokenizer = golden.model.builder.tokenizer
    for index, case in enumerate(golden.cases["tokenize"]):
        yield Result(
            "token ids of text", f"tokenize {index}", tokenizer.encode_with_controls(case["text"]) == case["ids"]
        )


def check_images(golden: Golden) -> Iterator[Result]:
    for index, case in enumerate(golden.cases["images"]):
        name = f"image {index}"
        image = golden.model.builder.processor(golden.open_image(case["image"]), case["max_slice_nums"])
        yield Result("slice grids", name, (list(image.grid) if image.grid else None) == case["grid"])
        yield Result("view sizes", name, [[view.rows, view.columns] for view in image.views] == case["tgt_sizes"])
        yield Result("placeholders", name, write_placeholder(golden, image) == read_placeholder(golden, case))
        probes = torch.stack([probe_pixels(view) for view in image.views])
        yield Result("pixels", name, is_close(probes, golden.tensors[f"image.{index}.probe"]))


def write_placeholder(golden: Golden, image: ImageViews) -> Sequence[int]:
    builder = golden.model.builder
    writer = PromptWriter(builder.tokenizer, builder.processor.image_feature_size, golden.model.engine.max_model_len)
    writer.add_image(image, RECORDED_IMAGE_ID)
    return writer.finish().input_ids


def read_placeholder(golden: Golden, case: dict[str, Any]) -> Sequence[int]:
    """Return the ids of a recorded placeholder, in which `<unk>*64` stands for 64 of that token."""
    text = re.sub(r"<unk>\*(\d+)", lambda match: "<unk>" * int(match[1]), case["placeholder"])
    return tuple(golden.model.builder.tokenizer.encode_with_controls(text))


def probe_pixels(view: View) -> Tensor:
    """Return the mean, the standard deviation and 30 evenly spaced values of the normalised pixels: `[32]`."""
    pixels = (view.patches.float() / 255 - 0.5) / 0.5  # [T, 3, P, P]
    flat = pixels.permute(1, 2, 0, 3).flatten()  # [3, P, T*P], the reference's layout
    places = torch.linspace(0, len(flat) - 1, 30, dtype=torch.float64).long()
    return torch.cat([torch.stack([flat.mean(), flat.std(correction=0)]), flat[places]])


def check_prompts(golden: Golden) -> Iterator[Result]:
    for index, chat in enumerate(golden.cases["chats"]):
        prompt = golden.build_prompt(chat)
        yield Result("prompt token ids", f"chat {index}", list(prompt.input_ids) == chat["input_ids"])
        yield Result("image bounds", f"chat {index}", [list(b) for b in prompt.image_bounds] == chat["image_bound"])


@torch.inference_mode()
def check_numbers(golden: Golden) -> Iterator[Result]:
    model = golden.model.model
    for index, chat in enumerate(golden.cases["chats"]):
        prompt = golden.build_prompt(chat)
        if prompt.views:
            features = model.encode_views(prompt.views).flatten(0, 1)[:: chat["image_features_step"]]
            recorded = golden.tensors[f"chat.{index}.image_features"]
            yield Result("image features", f"chat {index}", is_close(features, recorded))
        recorded = golden.tensors[f"chat.{index}.logits"]
        yield Result("logits", f"chat {index}", is_close(golden.compute_logits(chat), recorded))


def check_answers(golden: Golden) -> Iterator[Result]:
    chats = golden.cases["chats"]
    for mode in MODES:
        together = golden.generate(chats, mode)
        for index, (chat, batched) in enumerate(zip(chats, together, strict=True)):
            alone = golden.generate([chat], mode)[0]
            yield Result(f"{mode} ids, alone", f"chat {index}", compare_ids(alone, chat, mode))
            yield Result(f"{mode} ids, all in one batch", f"chat {index}", compare_ids(batched, chat, mode))


def compare_ids(ids: list[int], chat: dict[str, Any], mode: str) -> bool | None:
    """Return whether the ids are the recorded ones; None where they differ in a chat with too small a margin."""
    is_equal: bool = ids == chat["out"][mode]
    return None if not is_equal and chat["margin"] < SAFE_MARGIN else is_equal


def check_batches(golden: Golden) -> Iterator[Result]:
    for index, batch in enumerate(golden.cases["batches"]):
        chats = [golden.cases["chats"][number] for number in batch["chats"]]
        found, margin = golden.generate_batch(chats)  # the recorded margins are those of the chats' own options
        is_equal = found == batch["greedy"]
        is_open = not is_equal and margin < SAFE_MARGIN
        yield Result("greedy ids, recorded batches", f"batch {index}", None if is_open else is_equal)


def is_close(ours: Tensor, recorded: Tensor) -> bool:
    return ours.shape == recorded.shape and torch.allclose(ours, recorded, rtol=0, atol=TOLERANCE)


def print_table(results: Sequence[Result]) -> None:
    rows: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        rows[result.quantity].append(result)
    print(f"{'compared':<38}{'equal':>7}{'open':>7}{'differ':>8}  differing cases")
    for quantity, group in rows.items():
        counts = [sum(result.is_equal is value for result in group) for value in (True, None, False)]
        differing = ", ".join(result.case for result in group if result.is_equal is False)
        print(f"{quantity:<38}{counts[0]:>7}{counts[1]:>7}{counts[2]:>8}  {differing}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare the port with recorded outputs of the reference.")
    parser.add_argument("folder", type=Path, help="a folder with checkpoint/, images/, cases.json, tensors.safetensors")
    results = list(check(Golden(parser.parse_args(arguments).folder)))
    print_table(results)
    num_differing = sum(result.is_equal is False for result in results)
    print(f"{len(results)} comparisons, {num_differing} differ; numbers are equal within {TOLERANCE}")
    print(f"open: another token was chosen where the two best logits are closer than {SAFE_MARGIN}")
    return 1 if num_differing or not results else 0


if __name__ == "__main__":
    sys.exit(main())
