"""Words that mean the same, by the tokens that they are looked up by."""

from server.library.synonyms import find_synonyms, read_groups


def test_a_known_word_gives_those_of_its_group() -> None:
    ((tokens, others),) = find_synonyms("质保")
    assert tokens == ("质保",)
    assert ("保修",) in others
    assert tokens not in others


def test_a_phrase_is_found_in_any_form() -> None:
    found = dict(find_synonyms("where is my money, back i want it"))
    assert ("refund",) in found["money", "back"]


def test_an_unknown_word_gives_nothing() -> None:
    assert list(find_synonyms("量子纠缠 quark")) == []


def test_each_group_has_words_of_one_language_that_differ() -> None:
    for group in read_groups():
        assert len({tokens for _, tokens in group}) == len(group) > 1, group
        assert all(tokens for _, tokens in group), group
        assert len({word.isascii() for word, _ in group}) == 1, group
