"""bfloat16, int8 and int4 answer as float32 does within the limits, and what is damaged is reported."""

import json
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from model.options import DEMO
from scripts import compare_precision
from scripts.compare_precision import GOLDEN, PAGE, Subject, choose_precisions, list_subjects, main, parse
from scripts.precision.chats import draw_card_chats, read_recorded_chats
from scripts.precision.figures import Figures
from scripts.precision.limits import DEMO_LIMITS, MAX_FACTOR, MEAN_FACTOR, RECORDED_LIMITS, Limits, find_outliers
from scripts.precision.measuring import Reference, compare, record_reference, record_rounded
from scripts.precision.precisions import PRECISIONS, Precision, load_in
from tests.helpers.documents import blocks_of

# bitsandbytes warns about missing kernels when it quantises on a CPU
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")

RECORDED, CARDS = "The recorded chats", "The demo"
LIMITS = {RECORDED: RECORDED_LIMITS, CARDS: DEMO_LIMITS}
NUM_RECORDED, NUM_CARDS = 3, 8
HALF_A_BLOCK = 16  # bytes, of two numbers each
BY_NAME = {precision.name: precision for precision in PRECISIONS}
IN_TURN = [
    precision if precision.name == "int4 in bfloat16" else pytest.param(precision, marks=pytest.mark.slow)
    for precision in PRECISIONS
]
"""The precisions, of which all but one take long."""

Damage = Callable[[Any], object]


@cache
def get_reference(title: str) -> Reference:
    """Return the reference of a few of the chats, some with a picture and some without."""
    if title == RECORDED:
        return record_reference(
            str(GOLDEN / "checkpoint"), read_recorded_chats(GOLDEN)[:NUM_RECORDED], "float32", "cpu"
        )
    cards = draw_card_chats(seed=1, num_cards=1)
    return record_reference(DEMO, [*cards[: NUM_CARDS // 2], *cards[-NUM_CARDS // 2 :]], "float32", "cpu")


@cache
def get_rounded(title: str, precision: Precision) -> list[Tensor]:
    return record_rounded(get_reference(title), precision)


def measure_damaged(title: str, precision: Precision, layer: str, damage: Damage) -> Figures:
    """Measure a model one of whose layers was damaged after it was loaded."""
    model = load_in(get_reference(title).source, precision, "cpu")
    damage(attrgetter(f"model.layers.1.{layer}")(model.model.llm))
    return compare(get_reference(title), model, get_rounded(title, precision))


def find(title: str, precision: Precision, layer: str, damage: Damage) -> list[str]:
    return find_outliers(measure_damaged(title, precision, layer, damage), LIMITS[title][precision.name])


def leave(_: nn.Module) -> None:
    """Damage nothing."""


def enlarge(layer: nn.Module) -> None:
    """Let a layer compute as if its weight were 5 % larger."""
    layer.register_forward_hook(lambda _module, _args, out: 1.05 * out)


def overflow(layer: nn.Module) -> None:
    """Let a layer compute what float16 cannot hold, as the real model's do in it."""
    layer.register_forward_hook(lambda _module, _args, out: (1e6 * out).half().to(out.dtype))


def shift_blocks(layer: Any) -> None:
    """Move int4 numbers half a block on, so that most have the scale and the place of others."""
    packed = layer.weight.data
    layer.weight.data = packed.flatten().roll(HALF_A_BLOCK).view(packed.shape)


@pytest.mark.parametrize("precision", IN_TURN, ids=lambda precision: precision.name)
@pytest.mark.parametrize("title", [RECORDED, CARDS])
def test_no_precision_is_an_outlier(title: str, precision: Precision) -> None:
    assert find(title, precision, "mlp.down_proj", leave) == []


@pytest.mark.parametrize("precision", PRECISIONS, ids=lambda precision: precision.name)
@pytest.mark.parametrize("layer", ["mlp.down_proj", "self_attn.o_proj"])
def test_a_matrix_that_is_a_little_too_large_is_an_outlier(precision: Precision, layer: str) -> None:
    assert any(phrase.startswith("mean_arithmetic_kl is") for phrase in find(RECORDED, precision, layer, enlarge))


@pytest.mark.parametrize("title", [RECORDED, CARDS])
@pytest.mark.parametrize("layer", ["mlp.up_proj", "self_attn.o_proj"])
def test_shifted_int4_blocks_are_an_outlier(title: str, layer: str) -> None:
    phrases = find(title, BY_NAME["int4 in bfloat16"], layer, shift_blocks)
    assert {"mean_kl", "mean_arithmetic_kl"} <= {phrase.split()[0] for phrase in phrases}


@pytest.mark.parametrize("name", ["bfloat16", "int4 in float32"])
def test_an_overflow_is_an_outlier(name: str) -> None:
    phrases = find(RECORDED, BY_NAME[name], "mlp.down_proj", overflow)
    assert "mean_kl is not a number" in phrases


def test_a_wrong_head_diverges_where_the_reference_was_sure() -> None:
    def turn(layer: nn.Module) -> None:
        layer.register_forward_hook(lambda _module, _args, out: -out)

    precision = BY_NAME["bfloat16"]
    figures = measure_damaged(CARDS, precision, "mlp.down_proj", turn)
    assert figures.right is not None
    assert figures.right < 1
    phrases = find_outliers(figures, DEMO_LIMITS[precision.name])
    assert {"max_margin", "right"} <= {phrase.split()[0] for phrase in phrases}


def test_vision_is_compared_too() -> None:
    precision = BY_NAME["int4 in float32"]
    model = load_in(get_reference(RECORDED).source, precision, "cpu")
    enlarge(model.model.resampler)
    figures = compare(get_reference(RECORDED), model, get_rounded(RECORDED, precision))
    assert figures.image_error == pytest.approx(0.05, rel=0.01)
    assert "image_error is 0.05, above 0" in find_outliers(figures, RECORDED_LIMITS[precision.name])


@pytest.fixture
def few_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the script compare bfloat16 and int4 over two recorded chats."""
    subject = Subject(RECORDED, str(GOLDEN / "checkpoint"), read_recorded_chats(GOLDEN)[:2], RECORDED_LIMITS)
    monkeypatch.setattr(compare_precision, "list_subjects", lambda _: [subject])
    monkeypatch.setattr(compare_precision, "PRECISIONS", [BY_NAME["bfloat16"], BY_NAME["int4 in bfloat16"]])


@pytest.mark.usefixtures("few_chats")
def test_the_script_prints_tables_and_json_and_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compare_precision, "PAGE", tmp_path / "precision.md")
    assert main(["--write", "--date", "2026-01-02", "--machine", "a small machine"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["outliers"] == []
    assert set(json.loads(last)["models"][RECORDED]["rows"]) == {"bfloat16", "int4 in bfloat16"}
    assert "no outlier" in lines
    page = (tmp_path / "precision.md").read_text(encoding="utf-8")
    assert "Measured on 2026-01-02, on a small machine." in page
    assert all(line in page for line in lines if line.startswith("| int4"))


@pytest.mark.usefixtures("few_chats")
def test_an_outlier_is_named_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load_damaged(source: str, precision: Precision, device: str) -> Any:
        model = load_in(source, precision, device)
        if precision.quantization == "int4":
            shift_blocks(model.model.llm.model.layers[0].mlp.up_proj)
        return model

    monkeypatch.setattr("scripts.precision.measuring.load_in", load_damaged)
    assert main([]) == 1
    printed = capsys.readouterr().out
    assert f"outlier: {RECORDED}, int4 in bfloat16: mean_arithmetic_kl is" in printed
    assert "bfloat16: mean_kl" not in printed.replace("int4 in bfloat16", "int4")


def test_a_model_that_cannot_be_compared_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", str(tmp_path / "nothing")]) == 2
    printed = capsys.readouterr()
    assert len(printed.err.strip().splitlines()) == 1
    assert "nothing" in printed.err


def test_another_model_answers_both_kinds_of_chats_without_known_limits() -> None:
    (subject,) = list_subjects(parse(["--model", "a folder", "--cards", "1"]))
    assert subject.source == "a folder"
    assert subject.limits is None
    assert len(subject.chats) == len(read_recorded_chats(GOLDEN)) + len(draw_card_chats(1, 1))
    assert all(chat.right is None for chat in subject.chats)


def test_a_reference_in_bfloat16_leaves_what_computes_in_bfloat16() -> None:
    assert [p.name for p in choose_precisions("bfloat16")] == ["int8 in bfloat16", "int4 in bfloat16"]
    assert choose_precisions("float32") == list(PRECISIONS)


@pytest.mark.parametrize("others", [["--model", "demo"], ["--reference", "bfloat16"]])
def test_the_page_is_not_written_of_another_comparison(others: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--write", *others])


@pytest.mark.parametrize("title", LIMITS)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_limits_are_those_of_the_page(title: str, name: str) -> None:
    """They are its figures, in two digits, times the factors. Where the page is measured anew, they change with it."""
    (block,) = (block for block in blocks_of(PAGE) if block.language == "json")
    summary = json.loads(block.source)
    figures, limits = summary["models"][title]["rows"][name], LIMITS[title][name]
    assert summary["outliers"] == []
    for field, limit in vars(limits).items():
        factor = MEAN_FACTOR if field.startswith("mean") or field == "image_error" else MAX_FACTOR
        expected = figures["margin_error"] if field == "max_margin" else factor * figures[field]
        assert limit == pytest.approx(expected, rel=0.06), field


def test_every_precision_has_limits() -> None:
    assert all(set(limits) == set(BY_NAME) for limits in LIMITS.values())
    assert all(isinstance(limits, Limits) for table in LIMITS.values() for limits in table.values())


def test_the_reference_against_itself_is_exact() -> None:
    figures = measure_damaged(RECORDED, Precision("float32"), "mlp.down_proj", leave)
    assert figures.max_kl == pytest.approx(0, abs=1e-9)
    assert (figures.agreement, figures.identical, figures.image_error) == (1.0, 1.0, 0.0)
    assert figures.divergences == []
    assert figures.max_transformers_kl < 1e-6
    assert torch.tensor(figures.max_arithmetic_kl) < 1e-6
