"""The chats are the recorded ones with their options, and questions of every sort about cards."""

import json
from pathlib import Path

from PIL import Image

from scripts.precision.chats import TEXT_TOPICS, Chat, draw_card_chats, read_recorded_chats


def count_pictures(chat: Chat) -> int:
    return sum(isinstance(part, Image.Image) for message in chat.msgs for part in message["content"])


def has_chinese(chat: Chat) -> bool:
    assert chat.right is not None
    return any("一" <= character <= "鿿" for character in chat.right)


def test_recorded_chats_have_their_messages_and_options(golden_folder: Path) -> None:
    recorded = json.loads((golden_folder / "cases.json").read_text(encoding="utf-8"))["chats"]
    chats = read_recorded_chats(golden_folder)
    assert len(chats) == len(recorded)
    for chat, case in zip(chats, recorded, strict=True):
        assert [message["role"] for message in chat.msgs] == [message["role"] for message in case["msgs"]]
        assert chat.options == {"max_new_tokens": case["max_new_tokens"], **case["options"]}
        texts = [part for message in chat.msgs for part in message["content"] if isinstance(part, str)]
        assert texts == [part for message in case["msgs"] for part in message["content"] if isinstance(part, str)]
        assert chat.right is None
    assert {count_pictures(chat) > 0 for chat in chats} == {True, False}


def test_card_chats_are_of_every_sort() -> None:
    chats = draw_card_chats(seed=1, num_cards=4)
    assert 40 <= len(chats) <= 50
    assert {count_pictures(chat) for chat in chats} == {0, 1, 2}
    assert {has_chinese(chat) for chat in chats} == {True, False}
    assert {len(chat.msgs) for chat in chats} == {1, 3, 5, 7}
    assert sum(count_pictures(chat) == 0 for chat in chats) == 2 * len(TEXT_TOPICS)


def test_a_seed_draws_the_same_chats() -> None:
    one, same, other = (draw_card_chats(seed, 1) for seed in (1, 1, 2))
    assert [chat.right for chat in one] == [chat.right for chat in same]
    assert [chat.right for chat in one] != [chat.right for chat in other]
    pictures = [
        [part.tobytes() for part in chats[0].msgs[0]["content"] if not isinstance(part, str)] for chats in (one, same)
    ]
    assert pictures[0] == pictures[1]
