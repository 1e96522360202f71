"""Each sequence counts its own generated tokens."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from model.engine.counts import TokenCounts
from model.engine.prefix import PrefixKeys
from model.engine.sequence import Sequence


@given(st.lists(st.lists(st.integers(0, 9))))
def test_counting_in_parts_counts_all_tokens(parts: list[list[int]]) -> None:
    counts = TokenCounts()
    for part in parts:
        counts.extend(part)
    tokens = [token for part in parts for token in part]
    assert dict(zip(counts.ids, counts.counts, strict=True)) == Counter(tokens)
    assert list(counts.ids) == list(dict.fromkeys(tokens)), "in the order of first appearance"
    assert counts.num_counted == len(tokens)


def test_a_copy_counts_for_itself() -> None:
    counts = TokenCounts()
    counts.extend([5, 6, 5])
    other = counts.copy()
    other.extend([5, 7])
    assert dict(zip(counts.ids, counts.counts, strict=True)) == {5: 2, 6: 1}
    assert dict(zip(other.ids, other.counts, strict=True)) == {5: 3, 6: 1, 7: 1}


def test_a_sequence_counts_generated_tokens_and_not_its_prompt() -> None:
    sequence = Sequence([1, 2, 3], 2, 10, PrefixKeys())
    assert dict(zip(sequence.counts.ids, sequence.counts.counts, strict=True)) == {3: 1}
    sequence.token_ids += [3, 1]
    assert list(sequence.counts.counts) == [2, 1]


def test_forks_and_overwritten_sequences_continue_their_parents_counts() -> None:
    parent = Sequence([1, 7], 1, 10, PrefixKeys())
    child = parent.fork()
    child.token_ids.append(8)
    assert list(child.counts.ids) == [7, 8]
    parent.token_ids += [9, 9]
    child.copy_from(parent)
    assert child.token_ids == [1, 7, 9, 9]
    assert dict(zip(child.counts.ids, child.counts.counts, strict=True)) == {7: 1, 9: 2}
