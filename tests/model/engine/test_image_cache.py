"""Each picture is encoded once, and the cache is bounded."""

import pytest
import torch
from PIL import Image

from model.chat import ChatModel
from model.engine.image_cache import ImageCache, gather_features
from model.images import View

COLOURS = ("red", "green", "blue", "white")


@pytest.fixture(scope="module")
def views(chat_model: ChatModel) -> list[View]:
    processor = chat_model.builder.processor
    return [view for colour in COLOURS for view in processor(Image.new("RGB", (60, 60), colour)).views]


def keys(views: list[View]) -> list[bytes]:
    return [view.key for view in views]


def test_features_are_those_of_the_model(chat_model: ChatModel, views: list[View]) -> None:
    cache = ImageCache(chat_model.model, 1 << 30)
    cache.add(views)
    assert views[0].key not in cache
    cache.encode(keys(views))
    wanted = chat_model.model.encode_views(views)
    for view, features in zip(views, wanted, strict=True):
        assert view.key in cache
        torch.testing.assert_close(cache.get_features(view.key), features)
    parts = [(views[1].key, 3, 9), (views[0].key, 0, 64)]
    torch.testing.assert_close(gather_features(cache, parts), torch.cat([wanted[1, 3:9], wanted[0]]))
    assert cache.num_encoded == 4
    cache.record_times()
    assert cache.encode_s.count == 1
    assert cache.encode_s.total > 0


def test_old_features_are_dropped_but_never_those_of_the_step(chat_model: ChatModel, views: list[View]) -> None:
    one = chat_model.model.encode_views(views[:1])[0].nbytes
    cache = ImageCache(chat_model.model, 2 * one)
    cache.add(views)
    cache.encode(keys(views[:2]))
    cache.get_features(views[0].key)
    cache.encode(keys(views[2:3]))
    assert [view.key in cache for view in views] == [True, False, True, False]
    assert cache.num_bytes == 2 * one
    cache.encode(keys(views[1:]))
    assert [view.key in cache for view in views] == [False, True, True, True], "a step needs them all"


def test_pixels_are_kept_until_all_requests_discard_them(chat_model: ChatModel, views: list[View]) -> None:
    cache = ImageCache(chat_model.model, 1 << 30)
    cache.add(views[:1])
    cache.add(views[:1])
    cache.discard(views[:1])
    cache.encode(keys(views[:1]))
    cache.discard(views[:1])
    cache.clear()
    with pytest.raises(KeyError):
        cache.encode(keys(views[:1]))


def test_nothing_to_encode_runs_nothing(chat_model: ChatModel) -> None:
    cache = ImageCache(chat_model.model, 1 << 30)
    cache.encode([])
    cache.record_times()
    assert cache.encode_s.count == 0
    assert cache.num_bytes == 0


def test_keys_depend_on_pixels_and_how_they_were_cut(chat_model: ChatModel) -> None:
    processor = chat_model.builder.processor
    photo = Image.effect_noise((900, 700), 50).convert("RGB")
    other = Image.effect_noise((900, 700), 50).convert("RGB")
    whole, cut = processor(photo, 1).views, processor(photo, 9).views
    assert [view.key for view in processor(photo.copy(), 9).views] == [view.key for view in cut]
    assert len({view.key for view in cut}) == len(cut) > 1
    assert not {view.key for view in whole} & {view.key for view in cut}
    assert not {view.key for view in processor(other, 9).views} & {view.key for view in cut}
    assert processor(photo.transpose(Image.Transpose.ROTATE_90), 1).views[0].key != whole[0].key


def test_cached_features_that_a_step_needs_stay(chat_model: ChatModel, views: list[View]) -> None:
    cache = ImageCache(chat_model.model, 0)
    cache.add(views)
    cache.encode(keys(views[:2]))
    cache.encode(keys(views[2:3]), needed=keys(views[:1] + views[2:]))
    assert [view.key in cache for view in views] == [True, False, True, False]
