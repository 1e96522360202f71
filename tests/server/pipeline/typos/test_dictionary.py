from pathlib import Path

import pytest

from server.pipeline.typos.dictionary import MAX_LENGTH, Dictionary, DictionaryError, load


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "typos.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_words_and_pairs_are_read(tmp_path: Path) -> None:
    text = "# ours\nminibook\n云朵杯  # a cup\n\n冲电宝 -> 充电宝\nteh->the\r\ni phone -> iPhone\n"
    found = load(written(tmp_path, text))
    assert found.words == {"minibook", "云朵杯"}
    assert found.pairs == {"冲电宝": "充电宝", "teh": "the", "i phone": "iPhone"}


def test_a_word_may_hold_the_sign_of_a_comment(tmp_path: Path) -> None:
    found = load(written(tmp_path, "F#\nc# -> C# # a language\n\t# nothing\n#"))
    assert found == Dictionary(frozenset({"F#"}), {"c#": "C#"})


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "\ufeff"])
def test_an_empty_file_is_an_empty_dictionary(tmp_path: Path, text: str) -> None:
    assert load(written(tmp_path, text)) == Dictionary()


def test_an_editors_mark_at_the_start_is_no_part_of_a_word(tmp_path: Path) -> None:
    assert load(written(tmp_path, "\ufeffminibook")).words == {"minibook"}


def test_an_entry_may_come_twice(tmp_path: Path) -> None:
    assert load(written(tmp_path, "a\na\nb -> c\nb -> c")) == Dictionary(frozenset({"a"}), {"b": "c"})


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("a\nb ->", 2, "has nothing after ->"),
        ("-> b", 1, "has nothing before ->"),
        ("a -> b -> c", 1, "more than one ->"),
        ("\na -> a", 2, "the same text on both sides"),
        ("a -> b\na -> c", 2, "'a' is corrected to 'b' in an earlier line"),
        ("two words", 1, "neither one word nor a pair"),
        ("a -> b\n\na", 3, "'a' is a correct word here"),
        ("x" * (MAX_LENGTH + 1), 1, f"has {MAX_LENGTH + 1} characters, the limit is {MAX_LENGTH}"),
        (f"a -> {'x' * (MAX_LENGTH + 1)}", 1, f"the limit is {MAX_LENGTH}"),
        (b"a\n\xb5\xd8\n", 2, "is not UTF-8"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str | bytes, line: int, cause: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DictionaryError) as caught:
        load(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert cause in caught.value.cause


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    with pytest.raises(DictionaryError, match="cannot be read: No such file") as caught:
        load(path)
    assert caught.value.line is None
    assert str(caught.value).startswith(f"{path}: ")
