"""Equal keys mean equal content before and at a block, and nothing else does."""

from model.engine.prefix import BLOCK_SIZE, PrefixKeys, ViewSpan


def keys_of(token_ids: list[int], spans: tuple[ViewSpan, ...] = (), salt: bytes = b"") -> list[bytes]:
    keys = PrefixKeys(spans, salt)
    keys.extend(token_ids)
    return keys.keys


def test_whole_blocks_have_keys() -> None:
    assert [len(keys_of(list(range(n)))) for n in (0, 31, 32, 63, 64, 100)] == [0, 0, 1, 1, 2, 3]


def test_a_growing_sequence_has_the_keys_of_a_whole_one() -> None:
    growing, ids = PrefixKeys(), [7 * i for i in range(150)]
    for end in range(1, len(ids) + 1, 7):
        growing.extend(ids[:end])
    growing.extend(ids)
    assert growing.keys == keys_of(ids)


def test_a_change_changes_all_later_keys_and_no_earlier_one() -> None:
    ids = list(range(128))
    changed = [*ids[:40], 999, *ids[41:]]
    same = [a == b for a, b in zip(keys_of(ids), keys_of(changed), strict=True)]
    assert same == [True, False, False, False]


def test_models_do_not_share() -> None:
    assert not set(keys_of(list(range(64)), salt=b"a")) & set(keys_of(list(range(64)), salt=b"b"))


def test_pictures_count_by_their_content() -> None:
    ids = [5] * 96
    one, other = (ViewSpan(10, 74, key) for key in (b"one picture", b"another"))
    assert keys_of(ids, (one,)) == keys_of([5] * 10 + [8] * 64 + [5] * 22, (one,)), (
        "the placeholder's id does not count"
    )
    assert not set(keys_of(ids, (one,))) & set(keys_of(ids, (other,)))
    assert not set(keys_of(ids, (one,))) & set(keys_of(ids))


def test_the_place_within_a_picture_counts() -> None:
    ids = [5] * BLOCK_SIZE
    assert keys_of(ids, (ViewSpan(0, 64, b"p"),)) != keys_of(ids, (ViewSpan(-1, 63, b"p"),))


def test_a_copy_grows_alone() -> None:
    first = PrefixKeys()
    first.extend(list(range(32)))
    second = first.copy()
    second.extend(list(range(64)))
    assert len(first.keys) == 1
    assert second.keys == keys_of(list(range(64)))
