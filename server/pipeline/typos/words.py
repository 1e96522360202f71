"""Reading the shipped word lists: words with white space between them; lines that start with `#` are comments."""

from collections.abc import Iterator
from importlib.resources import files

DATA = files("server.pipeline.typos") / "data"


def read_lines(name: str) -> list[str]:
    """Return the lines of a shipped list that are neither empty nor comments, without the white space around them."""
    lines = (line.strip() for line in (DATA / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def read_words(name: str) -> frozenset[str]:
    """Return the words of a shipped list."""
    return frozenset(word for line in read_lines(name) for word in line.split())


def read_rows(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the columns of each row of a shipped table; tabs separate them."""
    return (tuple(line.split("\t")) for line in read_lines(name))
