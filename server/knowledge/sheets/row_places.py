"""Where the rows of a table are in the text of its page."""

from collections.abc import Iterator

from server.library.tables.pieces import TablePiece

Place = tuple[int, int]


def find_rows(piece: TablePiece) -> dict[int, Place]:
    """Return the start and the end of the text of each row that the page has, by its index in the piece.

    Parts of sheets know their rows. Other tables have each in a line of its own, with its cells in it.
    """
    if piece.row_numbers:
        own = {row.number: (row.start, row.end) for row in piece.page.rows}
        return {index: own[number] for index, number in enumerate(piece.row_numbers) if number in own}
    return _match_lines(piece)


def _match_lines(piece: TablePiece) -> dict[int, Place]:
    texts: dict[int, list[str]] = {}
    for cell in piece.table.cells:
        if fold := _fold(cell.text):
            texts.setdefault(cell.row, []).append(fold)
    found: dict[int, Place] = {}
    lines = list(_list_lines(piece.page.text, piece.table.start, piece.table.end))
    first = 0
    for index in sorted(texts):
        place = next((place for place in range(first, len(lines)) if _has(lines[place][1], texts[index])), None)
        if place is not None:
            found[index] = lines[place][0]
            first = place + 1
    return found


def _list_lines(text: str, start: int, end: int) -> Iterator[tuple[Place, str]]:
    for line in text[start:end].splitlines(keepends=True):
        yield (start, start + len(line)), _fold(line)
        start += len(line)


def _has(line: str, texts: list[str]) -> bool:
    return all(text in line for text in texts)


def _fold(text: str) -> str:
    return "".join(each for each in text if each.isalnum())
