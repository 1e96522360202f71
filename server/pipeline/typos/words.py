"""The word lists that are shipped with the package: words with white space between them; `#` starts a comment line."""

from collections.abc import Iterator
from importlib.resources import files

DATA = files("server.pipeline.typos") / "data"


def read_lines(name: str) -> list[str]:
    """The lines of a shipped list that are neither empty nor comments, without the white space around them."""
    lines = (line.strip() for line in (DATA / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_words(name: str) -> frozenset[str]:
    return frozenset(word for line in read_lines(name) for word in line.split())


def read_rows(name: str) -> Iterator[tuple[str, ...]]:
    """The columns of a shipped table, which have tabs between them."""
    return (tuple(line.split("\t")) for line in read_lines(name))
