"""The Markdown pages of the repository: which there are, and their blocks, headings and links."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.helpers.paths import DOCS, ROOT

README, README_ZH = ROOT / "README.md", ROOT / "README.zh-CN.md"
PAGES = (
    README,
    README_ZH,
    ROOT / "CONTRIBUTING.md",
    ROOT / "model" / "demo" / "README.md",
    *sorted(DOCS.rglob("*.md")),
)
DEMO_ADDRESS = "http://127.0.0.1:8000"

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `gap` is the text between it and the block before it."""

    language: str
    source: str
    gap: str


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks_of(page: Path) -> list[Block]:
    text = read(page)
    found, end = [], 0
    for match in FENCED.finditer(text):
        found.append(Block(match[1], match[2], text[end : match.start()].strip()))
        end = match.end()
    return found


def block_pairs(page: Path, language: str) -> list[tuple[Block, Block | None]]:
    """Each block in a language, with the block after it, which the last one does not have."""
    pairs = pairwise([*blocks_of(page), None])
    return [(block, after) for block, after in pairs if block is not None and block.language == language]


def prose_of(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCED.sub("", read(page))


def headings_of(page: Path) -> list[str]:
    return HEADING.findall(prose_of(page))


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub gives the page's headings: lower case, spaces as hyphens, without punctuation."""
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings_of(page)}


def links_of(page: Path) -> list[str]:
    """The targets of the page's links and pictures that lie in the repository, as they are written."""
    prose = re.sub(r"`[^`\n]*`(?!\]\()", "", prose_of(page))
    return [target for target in LINK.findall(prose) if "://" not in target]
