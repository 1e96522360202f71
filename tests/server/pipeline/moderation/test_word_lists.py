"""Word lists in files: what is read, and that every mistake is reported with its place."""

from pathlib import Path

import pytest

from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.word_lists import CATEGORIES_FILE, EXAMPLE, Action, Category, WordListError, WordLists


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_file_is_a_category_and_a_line_a_word(tmp_path: Path) -> None:
    lists = WordLists.load(write(tmp_path, {"violence.txt": "# a comment\n\n  bad word \n坏词\r\n", "spam.txt": "x1"}))
    assert [category.name for category in lists.categories] == ["spam", "violence"]
    assert [(word.text, word.category.name) for word in lists.words] == [
        ("x1", "spam"),
        ("bad word", "violence"),
        ("坏词", "violence"),
    ]
    assert lists.words[2].place == f"{tmp_path / 'violence.txt'}, line 4"


def test_a_category_blocks_and_has_the_name_of_its_file_unless_it_says_otherwise(tmp_path: Path) -> None:
    options = '[b]\naction = "mask"\nzh = "乙"\n[c]\naction = "flag"\nen = "see"\n'
    lists = WordLists.load(write(tmp_path, {"a.txt": "", "b.txt": "", "c.txt": "", CATEGORIES_FILE: options}))
    assert lists.categories == (
        Category("a", Action.BLOCK, "a", "a"),
        Category("b", Action.MASK, "乙", "b"),
        Category("c", Action.FLAG, "c", "see"),
    )


def test_a_byte_order_mark_is_no_part_of_a_word(tmp_path: Path) -> None:
    assert WordLists.load(write(tmp_path, {"a.txt": b"\xef\xbb\xbfbad\n"})).words[0].text == "bad"


@pytest.mark.parametrize(
    ("files", "cause"),
    [
        ({}, "has no word list"),
        ({"a.txt": b"ok\n\xbb\xb5\n"}, "a.txt, line 2: is not UTF-8"),
        (
            {"a.txt": "", CATEGORIES_FILE: '[a]\naction = "ban"'},
            r"categories.toml: Invalid enum value 'ban' .*a.*action",
        ),
        ({"a.txt": "", CATEGORIES_FILE: '[a]\ncolour = "red"'}, "unknown field `colour`"),
        ({"a.txt": "", CATEGORIES_FILE: "[a\n"}, r"categories.toml: .*line 1"),
        ({"a.txt": "", CATEGORIES_FILE: "[b]\n"}, r"\[b\] has no file b.txt"),
        ({"a.txt": "", CATEGORIES_FILE: b"\n\xff"}, "categories.toml, line 2: is not UTF-8"),
    ],
)
def test_mistakes_are_reported_with_their_place(tmp_path: Path, files: dict[str, str | bytes], cause: str) -> None:
    with pytest.raises(WordListError, match=cause):
        WordLists.load(write(tmp_path, files))


def test_a_folder_that_is_not_there_has_no_lists(tmp_path: Path) -> None:
    with pytest.raises(WordListError, match="has no word list"):
        WordLists.load(tmp_path / "missing")


@pytest.mark.parametrize(
    "changed",
    [{"a.txt": "bad\n#\n"}, {"b.txt": "bad\n"}, {CATEGORIES_FILE: '[a]\naction = "flag"'}, {"a.txt": "bed\n"}],
)
def test_the_digest_is_of_all_that_is_written(tmp_path: Path, changed: dict[str, str | bytes]) -> None:
    before = WordLists.load(write(tmp_path, {"a.txt": "bad\n"})).digest
    assert WordLists.load(tmp_path).digest == before
    assert WordLists.load(write(tmp_path, changed)).digest != before


def test_the_digest_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    digests = set()
    for name in "xy":
        (tmp_path / name).mkdir()
        digests.add(WordLists.load(write(tmp_path / name, {"a.txt": "bad"})).digest)
    assert len(digests) == 1


def test_the_example_has_a_category_for_each_action_and_words_in_both_languages() -> None:
    lists = WordLists.load(EXAMPLE)
    assert {category.action for category in lists.categories} == set(Action)
    for category in lists.categories:
        texts = [word.text for word in lists.words if word.category == category]
        assert any(text.isascii() for text in texts)
        assert any(not text.isascii() for text in texts)
    assert Moderator(lists).check("What is this? 这是什么？").hits == ()
