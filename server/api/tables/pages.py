"""Which pages of a document are meant: a list of numbers, or a text such as `1-3,7`."""

import re
from collections.abc import Sequence

from server.errors import FieldRefused

MAX_LENGTH = 1000
RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


def read_pages(given: str | Sequence[int] | None, num_pages: int) -> list[int]:
    """Return the numbers in order, each once; all of them for None. Raises `FieldRefused`."""
    if given is None:
        return list(range(1, num_pages + 1))
    ranges = _read_ranges(given) if isinstance(given, str) else [(number, number) for number in given]
    if not ranges:
        raise FieldRefused("pages", "it names no page", "没有指定页码")
    for first, last in ranges:
        if first < 1 or last > num_pages or first > last:
            raise FieldRefused(
                "pages",
                f"the document has the pages 1 to {num_pages}",
                f"文档的页码为 1 到 {num_pages}",
            )
    return sorted({number for first, last in ranges for number in range(first, last + 1)})


def _read_ranges(text: str) -> list[tuple[int, int]]:
    parts = [RANGE.fullmatch(part.strip()) for part in re.split("[,，]", text) if part.strip()]
    if len(text) > MAX_LENGTH or not all(parts):
        raise FieldRefused("pages", "it must be like 1-3,7", "格式应为 1-3,7")
    return [(int(part[1]), int(part[2] or part[1])) for part in parts if part is not None]
