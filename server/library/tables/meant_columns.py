"""The columns of numbers that a question means without their names."""

from collections.abc import Sequence

from server.library.tables import vocabulary as words
from server.library.tables.filtering import fold
from server.library.tables.mentions import find_term, list_aliases
from server.library.tables.plan import Function
from server.library.tables.profile import ColumnProfile


def find_by_concept(
    text: str, columns: Sequence[ColumnProfile], function: Function | None = None
) -> ColumnProfile | None:
    """Return the column of numbers that a folded question means without its name; None where it is not clear which."""
    for asked, names in words.CONCEPTS:
        if asked.search(text) and (found := find_named(columns, names)) is not None:
            return found
    if not words.MONEY.search(text):
        return None
    order = (words.AMOUNTS, words.PRICES) if function == "sum" else (words.PRICES, words.AMOUNTS)
    return find_named(columns, order[0]) or find_named(columns, order[1])


def find_named(columns: Sequence[ColumnProfile], names: Sequence[str]) -> ColumnProfile | None:
    """Return the column of numbers with one of the names in its own, the best name first.

    Of several columns with the same name in theirs it is the one that is called that; None where there is none.
    """
    numeric = [column for column in columns if column.is_numeric and not is_identifier(column)]
    for name in names:
        found = [column for column in numeric if find_term(fold(column.name), name)]
        if len(found) > 1:
            found = [column for column in found if name in list_aliases(column.name)]
            return found[0] if len(found) == 1 else None
        if found:
            return found[0]
    return None


def is_identifier(column: ColumnProfile) -> bool:
    """Whether the numbers of a column are names."""
    return any(words.IDENTIFIERS.fullmatch(alias) for alias in list_aliases(column.name))
