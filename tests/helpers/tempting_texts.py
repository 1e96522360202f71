"""The sentences that measure moderation: harmless ones that tempt, disguised words, and words that are meant."""

from dataclasses import dataclass
from pathlib import Path

from server.pipeline.moderation.moderator import Moderator
from tests.helpers.paths import ROOT
from tests.helpers.word_lists import make_moderator

FOLDER = ROOT / "tests" / "server" / "pipeline" / "moderation" / "data"
SETS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "held")
"""All but `held` were looked at for what was missing; that was written last, and nothing was changed for it."""


@dataclass(frozen=True)
class Texts:
    """The sentences of one set, and a moderator with its list."""

    moderator: Moderator
    harmless: list[str]
    disguised: list[str]
    meant: list[str]

    @classmethod
    def load(cls, name: str) -> "Texts":
        folder = FOLDER / name
        kinds = (read_texts(folder / f"{kind}.txt") for kind in ("harmless", "disguised", "meant"))
        return cls(make_moderator(block=tuple(read_texts(folder / "words.txt"))), *kinds)

    def find_hits(self, texts: list[str]) -> list[str]:
        """Return the texts in which a word was found."""
        return [text for text in texts if self.moderator.check(text).hits]


def read_texts(path: Path) -> list[str]:
    """Return the lines of a file without comments; `\\n` in them stands for a line end."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if not line.startswith("# ")]
