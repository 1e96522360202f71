"""A checkpoint that does not fit is refused before it is read, with the smallest change that would fit."""

import logging
from collections.abc import Callable

import pytest

from model import memory_check
from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.memory import DeviceMemory
from model.memory_check import Choice, MemoryNeeds, check_memory, list_smaller
from model.options import EngineOptions
from model.weight_bytes import StoredTensor, estimate_weight_bytes

GB = 10**9
NAME = "openbmb/MiniCPM-V-2_6"
HIDDEN, INNER, VOCAB, LAYERS = 3584, 18944, 151666, 28
NUM_OTHERS = 487_000_000
"""The vision tower and the resampler together."""


def list_real_tensors() -> list[StoredTensor]:
    """Return the tensors of MiniCPM-V-2_6, with the vision part as a single one."""
    shapes = {"llm.lm_head.weight": (VOCAB, HIDDEN), "llm.model.embed_tokens.weight": (VOCAB, HIDDEN)}
    for layer in range(LAYERS):
        for name, shape in (
            ("self_attn.q_proj", (HIDDEN, HIDDEN)),
            ("self_attn.k_proj", (512, HIDDEN)),
            ("self_attn.v_proj", (512, HIDDEN)),
            ("self_attn.o_proj", (HIDDEN, HIDDEN)),
            ("mlp.gate_proj", (INNER, HIDDEN)),
            ("mlp.up_proj", (INNER, HIDDEN)),
            ("mlp.down_proj", (HIDDEN, INNER)),
        ):
            shapes[f"llm.model.layers.{layer}.{name}.weight"] = shape
    tensors = [StoredTensor(name, "BF16", shape) for name, shape in shapes.items()]
    return [*tensors, StoredTensor("vpm.all", "BF16", (NUM_OTHERS,))]


def list_int4_tensors() -> list[StoredTensor]:
    """Return the tensors of a checkpoint whose layers are stored in 4 bits, scales left out."""
    return [
        StoredTensor(t.name, "U8", (t.num_values // 2, 1)) if ".layers." in t.name else t for t in list_real_tensors()
    ]


def make_needs(is_gpu: bool, stored: str = "none", options: EngineOptions | None = None) -> MemoryNeeds:
    config = MiniCPMVConfig(
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=28,
        num_key_value_heads=4,
        vocab_size=VOCAB,
        max_position_embeddings=32768,
        vision_config={"hidden_size": 1152, "intermediate_size": 4304, "patch_size": 14},
    )
    tensors = list_real_tensors() if stored == "none" else list_int4_tensors()
    return MemoryNeeds(tensors, config, stored, is_gpu, options or EngineOptions())


@pytest.fixture
def give_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes a device have that much memory free, and others hold some of a GPU."""

    def give(free: float, held: float = 0, is_gpu: bool = False) -> None:
        memory = DeviceMemory(0, 0, int(held * GB), int((free + held) * GB)) if is_gpu else None
        monkeypatch.setattr(memory_check, "read_free_memory", lambda _: int(free * GB))
        monkeypatch.setattr(memory_check, "read_device_memory", lambda _: memory)

    return give


def test_the_real_models_weights_are_those_published() -> None:
    tensors = list_real_tensors()
    for dtype, quantization, gigabytes in (
        ("bfloat16", "none", 16.2),
        ("float32", "none", 32.4),
        ("bfloat16", "int4", 6.51),
        ("bfloat16", "int8", 9.68),
    ):
        assert estimate_weight_bytes(tensors, dtype, quantization) / GB == pytest.approx(gigabytes, abs=0.05)


@pytest.mark.parametrize(
    ("free", "asked", "remedy"),
    [
        (40, ("float32", "none"), None),
        (23, ("float32", "none"), "--dtype bfloat16 needs 17."),
        (12, ("float32", "none"), "--dtype bfloat16 with QUANT=int8 needs 10."),
        (8, ("float32", "none"), "--dtype bfloat16 with QUANT=int4 needs 7."),
        (3, ("float32", "none"), "nothing smaller fits either: --dtype bfloat16 with QUANT=int4 needs 7."),
        (9, ("float32", "int4"), "--dtype bfloat16 needs 7."),
        (40, ("float32", "int4"), None),
        (20, ("bfloat16", "none"), None),
        (12, ("bfloat16", "none"), "QUANT=int8 needs 10."),
        (8, ("bfloat16", "none"), "QUANT=int4 needs 7."),
        (8, ("bfloat16", "int8"), "QUANT=int4 needs 7."),
        (8, ("bfloat16", "int4"), None),
        (3, ("bfloat16", "int4"), "nothing smaller can be chosen, so more memory has to be free"),
    ],
)
def test_on_a_cpu(give_memory: Callable[..., None], free: float, asked: tuple[str, str], remedy: str | None) -> None:
    give_memory(free)
    if remedy is None:
        check_memory(NAME, make_needs(is_gpu=False), *asked, "cpu")
        return
    with pytest.raises(LoadError) as raised:
        check_memory(NAME, make_needs(is_gpu=False), *asked, "cpu")
    message = str(raised.value)
    assert message.startswith(f"{NAME} needs about ")
    assert f"{free}.0 GB of memory are free: {remedy}" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("free", "held", "quantization", "words"),
    [
        (24.8, 0.4, "none", None),
        (16.3, 0.4, "none", "16.3 GB of the memory of cuda:0 are free: QUANT=int8 needs 10.9 GB"),
        (8, 0.4, "none", "8.0 GB of the memory of cuda:0 are free: QUANT=int4 needs 7.7 GB"),
        (8, 0.4, "int4", None),
        (12, 13.3, "none", "are free (other processes hold 13.3 GB of its 25.3 GB): QUANT=int8 needs"),
        (4, 20, "none", "other processes hold 20.0 GB of its 24.0 GB): nothing smaller fits either: QUANT=int4 needs"),
    ],
)
def test_on_a_gpu(
    give_memory: Callable[..., None], free: float, held: float, quantization: str, words: str | None
) -> None:
    give_memory(free, held, is_gpu=True)
    if words is None:
        check_memory(NAME, make_needs(is_gpu=True), "bfloat16", quantization, "cuda:0")
        return
    with pytest.raises(LoadError) as raised:
        check_memory(NAME, make_needs(is_gpu=True), "bfloat16", quantization, "cuda:0")
    assert words in str(raised.value)


def test_what_nearly_fits_is_tried_with_a_warning(
    give_memory: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    needs = make_needs(is_gpu=False)
    needed = needs.estimate(Choice("bfloat16", "none")) / GB
    give_memory(needed * 0.96)
    with caplog.at_level(logging.WARNING):
        check_memory(NAME, needs, "bfloat16", "none", "cpu")
    assert "trying all the same" in caplog.text
    give_memory(needed * 0.94)
    with pytest.raises(LoadError):
        check_memory(NAME, needs, "bfloat16", "none", "cpu")


def test_what_is_stored_in_4_bits_can_only_change_its_dtype(give_memory: Callable[..., None]) -> None:
    needs = make_needs(is_gpu=False, stored="int4")
    give_memory(9)
    with pytest.raises(LoadError, match=r"in int4 with float32, .*: --dtype bfloat16 needs 7"):
        check_memory(NAME, needs, "float32", "int4", "cpu")
    give_memory(3)
    with pytest.raises(LoadError, match="nothing smaller can be chosen"):
        check_memory(NAME, needs, "bfloat16", "int4", "cpu")


def test_an_explicit_cache_counts() -> None:
    usual = make_needs(is_gpu=True).estimate(Choice("bfloat16", "none"))
    options = EngineOptions(kv_cache_bytes=10 * GB)
    large = make_needs(is_gpu=True, options=options).estimate(Choice("bfloat16", "none"))
    assert 9 * GB < large - usual < 10 * GB


def test_packing_float32_on_a_cpu_needs_the_largest_layer_twice() -> None:
    needs, tensors = make_needs(is_gpu=False), list_real_tensors()
    beside = needs.estimate(Choice("float32", "none")) - estimate_weight_bytes(tensors, "float32")
    assert beside >= 4 * VOCAB * HIDDEN


@pytest.mark.parametrize(
    ("dtype", "quantization", "stored", "expected"),
    [
        ("float32", "none", "none", ["bfloat16 none", "bfloat16 int8", "bfloat16 int4"]),
        ("bfloat16", "none", "none", ["bfloat16 int8", "bfloat16 int4"]),
        ("bfloat16", "int8", "none", ["bfloat16 int4"]),
        ("float32", "int8", "none", ["bfloat16 int8", "bfloat16 int4"]),
        ("bfloat16", "int4", "none", []),
        ("float32", "int8", "int8", ["bfloat16 int8"]),
        ("bfloat16", "int8", "int8", []),
    ],
)
def test_the_smallest_change_comes_first(dtype: str, quantization: str, stored: str, expected: list[str]) -> None:
    found = [f"{choice.dtype} {choice.quantization}" for choice in list_smaller(Choice(dtype, quantization), stored)]
    assert found == expected
