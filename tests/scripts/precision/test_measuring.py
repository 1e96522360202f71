"""Right answers are counted, and a checkpoint that is quantised already is refused as a reference."""

from pathlib import Path

import pytest
import torch

from model.chat import ChatModel
from scripts.precision import measuring
from scripts.precision.chats import Chat, draw_card_chats
from scripts.precision.measuring import count_right, record_reference
from scripts.precision.precisions import Precision, load_in
from scripts.precision.recording import Recording

# bitsandbytes warns about missing kernels when it quantises on a CPU
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


def make_recording(text: str) -> Recording:
    return Recording([1], text, torch.zeros(1, 4))


def test_right_answers_are_counted_where_all_are_known() -> None:
    chats = [Chat([], right=right) for right in ("a", "b", "c", "d")]
    found = [make_recording(text) for text in "abxd"]
    assert count_right(chats, found) == 0.75
    assert count_right([*chats[:3], Chat([])], found) is None


def test_a_reference_has_answers_logits_and_features() -> None:
    chats = draw_card_chats(seed=1, num_cards=1)
    chats = [chats[0], chats[-1]]
    reference = record_reference("demo", chats, "float32", "cpu")
    assert reference.right == 1.0
    assert reference.num_positions == sum(len(recording.logits) for recording in reference.answers)
    assert len(reference.features) == 1, "one of the two has a picture"


def test_a_quantised_checkpoint_is_no_reference(golden_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_quantised(source: str, precision: Precision, device: str) -> ChatModel:
        return load_in(source, Precision(precision.dtype, "int4"), device)

    monkeypatch.setattr(measuring, "load_in", load_quantised)
    with pytest.raises(ValueError, match="already quantised to int4; give the plain checkpoint"):
        record_reference(str(golden_folder / "checkpoint"), [], "float32", "cpu")
