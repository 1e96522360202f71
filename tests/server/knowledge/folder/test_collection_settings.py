"""`collection.toml`."""

from pathlib import Path

import pytest

from server.knowledge.folder.collection_settings import CollectionSettings, SettingsError, load_settings


def load(folder: Path, text: str | bytes) -> CollectionSettings:
    file = folder / "collection.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_settings(file)


def test_roles_are_found_by_path_then_by_the_first_pattern(tmp_path: Path) -> None:
    text = '[roles]\n"*.csv" = "faq"\n"products/*" = "products"\n"a.csv" = "auto"\n"products/x.csv" = "document"\n'
    settings = load(tmp_path, text)
    found = [settings.find_role(source) for source in ("a.csv", "b.csv", "products/x.csv", "products/x.toml", "c.md")]
    assert found == [None, "faq", "document", "products", None]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", None),
        ('title = "Shop"', "Shop"),
        ('title = { zh = "店", en = "Shop" }', "店 Shop"),
        ('title = { zh = "A", en = "A" }', "A"),
    ],
)
def test_a_title_is_a_text_or_two(tmp_path: Path, text: str, title: str | None) -> None:
    assert load(tmp_path, text).shown_title == title


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("title = 3", "title"),
        ("titel = 'x'", "titel"),
        ("\n\ntitle = ]\n", "line 3"),
        ('[roles]\n"a" = "faqs"', "faqs"),
        (b"\n\xff", "line 2: it is not UTF-8"),
        (b"#" * (1 << 20) + b"##", "more than 1,048,576 bytes"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str | bytes, cause: str) -> None:
    with pytest.raises(SettingsError, match=cause):
        load(tmp_path, text)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "collection.toml")
