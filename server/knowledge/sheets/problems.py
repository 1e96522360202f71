"""What of a sheet could not be used: rows by what is wrong with them, few of them by their numbers."""

from server.library.readers.records import Remark

MAX_ROWS = 12
"""How many rows a remark names."""


class Problems:
    """Counts rows by the codes of remarks on them."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def note(self, code: str, row: str) -> None:
        """Note what is wrong with a row."""
        rows = self._rows.setdefault(code, [])
        self._counts[code] = self._counts.get(code, 0) + 1
        if len(rows) < MAX_ROWS:
            rows.append(row)

    def list_remarks(self) -> list[Remark]:
        """Return a remark for each thing that is wrong."""
        return [
            Remark(code, {"count": self._counts[code], "rows": ", ".join(rows) + self._write_more(code)})
            for code, rows in self._rows.items()
        ]

    def _write_more(self, code: str) -> str:
        return ", …" if self._counts[code] > MAX_ROWS else ""
