"""Two blocks have equal keys exactly when their content and everything before it are equal."""

from model.engine.prefix import BLOCK_SIZE, PrefixKeys, ViewSpan


def compute_keys(token_ids: list[int], spans: tuple[ViewSpan, ...] = (), salt: bytes = b"") -> list[bytes]:
    keys = PrefixKeys(spans, salt)
    keys.extend(token_ids)
    return keys.keys


def test_only_full_blocks_have_keys() -> None:
    assert [len(compute_keys(list(range(n)))) for n in (0, 31, 32, 63, 64, 100)] == [0, 0, 1, 1, 2, 3]


def test_a_growing_sequence_has_the_keys_of_a_whole_one() -> None:
    growing, ids = PrefixKeys(), [7 * i for i in range(150)]
    for end in range(1, len(ids) + 1, 7):
        growing.extend(ids[:end])
    growing.extend(ids)
    assert growing.keys == compute_keys(ids)


def test_a_change_changes_all_later_keys_and_no_earlier_one() -> None:
    ids = list(range(128))
    changed = [*ids[:40], 999, *ids[41:]]
    same = [a == b for a, b in zip(compute_keys(ids), compute_keys(changed), strict=True)]
    assert same == [True, False, False, False]


def test_models_share_no_keys() -> None:
    assert not set(compute_keys(list(range(64)), salt=b"a")) & set(compute_keys(list(range(64)), salt=b"b"))


def test_pictures_are_hashed_by_their_content() -> None:
    ids = [5] * 96
    one, other = (ViewSpan(10, 74, key) for key in (b"one picture", b"another"))
    assert compute_keys(ids, (one,)) == compute_keys([5] * 10 + [8] * 64 + [5] * 22, (one,)), (
        "the placeholder's id does not count"
    )
    assert not set(compute_keys(ids, (one,))) & set(compute_keys(ids, (other,)))
    assert not set(compute_keys(ids, (one,))) & set(compute_keys(ids))


def test_the_position_within_a_picture_is_hashed() -> None:
    ids = [5] * BLOCK_SIZE
    assert compute_keys(ids, (ViewSpan(0, 64, b"p"),)) != compute_keys(ids, (ViewSpan(-1, 63, b"p"),))


def test_a_copy_grows_for_itself() -> None:
    first = PrefixKeys()
    first.extend(list(range(32)))
    second = first.copy()
    second.extend(list(range(64)))
    assert len(first.keys) == 1
    assert second.keys == compute_keys(list(range(64)))
