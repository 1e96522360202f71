"""The recorded logits are those that the answer was chosen by, and a given answer is followed to its end."""

import pytest
import torch

from model.chat import ChatModel
from model.engine.sampler import Sampler
from model.options import DEMO
from scripts.check_golden import Golden
from scripts.precision.chats import Chat, draw_card_chats, read_recorded_chats
from scripts.precision.precisions import Precision, load_in
from scripts.precision.recording import Recording, answer, encode_images, follow, follow_with_transformers


@pytest.fixture(scope="module")
def chat() -> Chat:
    return draw_card_chats(seed=3, num_cards=1)[0]


@pytest.fixture(scope="module")
def demo() -> ChatModel:
    return load_in(DEMO, Precision("float32"), "cpu")


@pytest.fixture(scope="module")
def recording(demo: ChatModel, chat: Chat) -> Recording:
    return answer(demo, chat)


def test_each_token_is_the_likeliest_of_its_logits(demo: ChatModel, chat: Chat, recording: Recording) -> None:
    assert recording.text == chat.right
    assert recording.ids[-1] in demo.engine.end_ids
    assert recording.logits.argmax(-1).tolist() == recording.ids


def test_following_its_own_answer_gives_the_same_logits(demo: ChatModel, chat: Chat, recording: Recording) -> None:
    assert torch.equal(follow(demo, chat, recording.ids), recording.logits)


def test_another_answer_is_followed_token_by_token(demo: ChatModel, chat: Chat, recording: Recording) -> None:
    other = [recording.ids[0], 5, 7, 9]
    logits = follow(demo, chat, other)
    assert logits.shape == (4, recording.logits.shape[1])
    assert torch.equal(logits[:2], recording.logits[:2])
    assert not torch.allclose(logits[2], recording.logits[2], atol=1e-3)
    torch.testing.assert_close(logits, follow_with_transformers(demo, chat, other), rtol=0, atol=1e-3)


def test_the_engine_is_left_as_it_was(demo: ChatModel, chat: Chat, recording: Recording) -> None:
    follow_with_transformers(demo, chat, recording.ids)
    assert type(demo.engine.runner.sampler) is Sampler
    assert answer(demo, chat).ids == recording.ids
    assert demo.engine.is_idle


def test_the_recorded_chats_are_answered_as_recorded(golden: Golden) -> None:
    chats = read_recorded_chats(golden.folder)
    for index in (0, 2, 3):
        assert answer(golden.model, chats[index]).ids == golden.cases["chats"][index]["out"]["greedy"]


def test_image_features_are_of_the_chats_with_pictures(golden: Golden) -> None:
    chats = read_recorded_chats(golden.folder)[1:4]
    features = encode_images(golden.model, chats)
    config = golden.model.model.config
    assert [tuple(part.shape) for part in features] == [(1, config.query_num, config.hidden_size)] * 2
