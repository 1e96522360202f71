"""Write the tables of settings in `docs/settings.md` and `docs/zh/settings.md`.

Run it as `python scripts/write_settings_docs.py` after a change of the settings.
Names, defaults, choices and the English text come from `Settings`, the Chinese text from `docs/zh/settings.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from server.settings import arguments
from server.settings.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
BEGIN = "<!-- settings: written by scripts/write_settings_docs.py -->\n"
END = "<!-- end of settings -->"
TABLE = re.compile(f"(?<={BEGIN}).*?(?={END})", re.DOTALL)


@dataclass(frozen=True)
class Language:
    """The column titles of a table, and how its language joins the choices of a setting and puts them in brackets."""

    titles: tuple[str, str, str]
    comma: str
    last: str
    brackets: str


ENGLISH = Language(("option", "default", "meaning"), ", ", " or ", " ({})")
CHINESE = Language(("选项", "默认值", "含义"), "、", " 或 ", "（{}）")


def main() -> None:
    for page, table in tables().items():
        page.write_text(with_table(page.read_text(encoding="utf-8"), table), encoding="utf-8")


def tables() -> dict[Path, str]:
    """Return the table that belongs into each page."""
    english = {item.name: item.metadata["help"] for item in fields(Settings)}
    chinese = tomllib.loads((DOCS / "zh" / "settings.toml").read_text(encoding="utf-8"))
    return {
        DOCS / "settings.md": write_table(ENGLISH, english),
        DOCS / "zh" / "settings.md": write_table(CHINESE, chinese),
    }


def write_table(language: Language, texts: Mapping[str, str]) -> str:
    """Return a Markdown table with a row for each setting. Raises `KeyError` where a setting has no text."""
    rows = [language.titles, ("---", "---", "---")]
    for item in fields(Settings):
        option = f"`--{item.name.replace('_', '-')}`"
        rows.append((option, f"`{arguments.format_value(item.default)}`", _meaning(language, item, texts[item.name])))
    return "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n"


def _meaning(language: Language, item: Field[Any], text: str) -> str:
    """Return the text with the choices that the setting has. A star would begin emphasis in Markdown."""
    choices = ("on", "off") if isinstance(item.default, bool) else item.metadata.get("choices", ())
    text = text.replace("*", r"\*")
    if not choices:
        return text
    *others, last = (f"`{choice}`" for choice in choices)
    return text + language.brackets.format(language.comma.join(others) + language.last + last)


def with_table(page: str, table: str) -> str:
    """Return the page with the table between its marks. Raises `ValueError` where it has none."""
    found, number = TABLE.subn(lambda _: table, page)
    if number != 1:
        raise ValueError("the page has no marks for the table of settings, or several")
    return found


if __name__ == "__main__":
    main()
