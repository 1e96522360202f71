"""The model encodes views, embeds prompts, and is loaded by transformers' Auto classes."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer, Qwen2ForCausalLM

from model.chat import ChatModel
from model.config import MiniCPMVConfig
from model.images import View
from model.loading import load
from model.minicpmv import MiniCPMV


def views_of(chat_model: ChatModel, *sizes: tuple[int, int]) -> list[View]:
    processor = chat_model.builder.processor
    pictures = [Image.effect_noise(size, 90 + index) for index, size in enumerate(sizes)]
    return [view for picture in pictures for view in processor(picture).views]


@torch.inference_mode()
def test_views_are_encoded_in_bounded_batches(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model = chat_model.model
    views = views_of(chat_model, (640, 480), (100, 100), (300, 900))
    whole = model.encode_views(views)
    sizes: list[int] = []
    encode = model._encode_batch

    def counting(batch: list[View]) -> Tensor:
        sizes.append(len(batch))
        return encode(batch)

    monkeypatch.setattr(model, "_encode_batch", counting)
    monkeypatch.setattr(model.config, "vision_batch_size", 3)
    torch.testing.assert_close(model.encode_views(views), whole, atol=1e-5, rtol=0)
    assert max(sizes) == 3
    assert sum(sizes) == len(views) > 6


@torch.inference_mode()
def test_no_views_give_no_features(chat_model: ChatModel) -> None:
    assert chat_model.model.encode_views([]).shape == (0, 64, 256)


@torch.inference_mode()
def test_features_are_placed_at_the_image_bounds(chat_model: ChatModel) -> None:
    model = chat_model.model
    ids = torch.arange(200)
    features = torch.randn(2, 64, 256)
    embeds = model.embed(ids, features, [(10, 74), (100, 164)])
    text = model.get_input_embeddings()(ids)
    torch.testing.assert_close(embeds[10:74], features[0], rtol=0, atol=0)
    torch.testing.assert_close(embeds[100:164], features[1], rtol=0, atol=0)
    rest = torch.ones(200, dtype=torch.bool)
    rest[10:74] = rest[100:164] = False
    assert (embeds[rest] == text[rest]).all()


@pytest.mark.parametrize(
    ("num_views", "bounds"), [(1, []), (0, [(0, 64)]), (2, [(0, 64)]), (1, [(0, 63)]), (2, [(0, 32), (40, 136)])]
)
def test_bounds_that_do_not_fit_the_features_are_refused(
    chat_model: ChatModel, num_views: int, bounds: list[tuple[int, int]]
) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        chat_model.model.embed(torch.arange(200), torch.zeros(num_views, 64, 256), bounds)


@pytest.mark.parametrize("auto", [AutoModel, AutoModelForCausalLM])
def test_auto_classes_load_it_without_remote_code(golden_folder: Path, auto: Any) -> None:
    """The checkpoint's `auto_map` names modules that do not exist."""
    model, report = auto.from_pretrained(golden_folder / "checkpoint", output_loading_info=True)
    assert type(model) is MiniCPMV
    assert type(model.llm) is Qwen2ForCausalLM
    assert not any(report[f"{kind}_keys"] for kind in ("missing", "unexpected", "mismatched"))


def test_auto_config_and_tokenizer_load_it_too(golden_folder: Path) -> None:
    assert type(AutoConfig.from_pretrained(golden_folder / "checkpoint")) is MiniCPMVConfig
    tokenizer = AutoTokenizer.from_pretrained(golden_folder / "checkpoint")
    assert tokenizer("Hello world")["input_ids"] == [1042, 383, 295, 265, 75, 67]


@torch.inference_mode()
def test_a_saved_model_loads_to_the_same_numbers(chat_model: ChatModel, golden_folder: Path, tmp_path: Path) -> None:
    chat_model.model.save_pretrained(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        (tmp_path / name).write_bytes((golden_folder / "checkpoint" / name).read_bytes())
    again = AutoModel.from_pretrained(tmp_path, dtype=torch.float32)
    original = AutoModel.from_pretrained(golden_folder / "checkpoint", dtype=torch.float32)
    embeds = torch.randn(1, 5, 256)
    torch.testing.assert_close(again(embeds).logits, original(embeds).logits, rtol=0, atol=0)
    assert load(str(tmp_path), device="cpu").chat(msgs=[{"role": "user", "content": "hi"}], seed=0, max_new_tokens=5)


def test_a_new_model_starts_with_small_position_embeddings() -> None:
    vision = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = MiniCPMVConfig(
        vocab_size=64,
        hidden_size=128,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        query_num=4,
        vision_config={**vision, "image_size": 56, "patch_size": 14},
    )
    model = MiniCPMV(config)
    assert 0.01 < model.vpm.embeddings.position_embedding.weight.std() < 0.03
    for name, parameter in model.named_parameters():
        assert parameter.isfinite().all(), name
    assert model.resampler.query.std() > 0
