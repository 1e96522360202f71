"""The warnings of a document: what its readers remarked, as the store keeps it.

Remarks that differ only in their page are one warning, whose `pages` are stretches, each with its first and last page.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.library.readers.records import Remark

MAX_WARNINGS = 50
MORE = "more"
"""The code of the last warning, where there are more: its `count` says how many."""

Noted = Mapping[str, Any]
Warnings = Sequence[Noted]


def add_remarks(warnings: Warnings, remarks: Iterable[Remark]) -> Warnings:
    """Return the warnings with further remarks, each once; beyond `MAX_WARNINGS` they are only counted."""
    added = list(warnings)
    for remark in remarks:
        warning = _make_warning(remark)
        place = next((place for place, other in enumerate(added) if _differ_in_pages(warning, other)), None)
        if place is not None:
            added[place] = _join(added[place], warning)
        elif len(added) < MAX_WARNINGS:
            added.append(warning)
        else:
            num_more = added.pop()["values"]["count"] if added[-1]["code"] == MORE else 0
            added.append({"code": MORE, "values": {"count": num_more + 1}})
    return added


def _make_warning(remark: Remark) -> Noted:
    values = dict(remark.values)
    if "page" in values:
        page = values.pop("page")
        values["pages"] = [[page, page]]
    return {"code": remark.code, "values": values}


def _differ_in_pages(warning: Noted, other: Noted) -> bool:
    """Whether two warnings are the same, or would be if they were about the same pages."""
    return warning["code"] == other["code"] and _leave_out_pages(warning) == _leave_out_pages(other)


def _leave_out_pages(warning: Noted) -> dict[str, Any]:
    return {name: value for name, value in warning["values"].items() if name != "pages"}


def _join(warning: Noted, later: Noted) -> Noted:
    """Return a warning with the pages of a later one. Pages come in order, but some may come again."""
    if "pages" not in warning["values"]:
        return warning
    *before, (first, last) = warning["values"]["pages"]
    (page, _) = later["values"]["pages"][0]
    if page <= last:
        return warning
    after = [[first, page]] if page == last + 1 else [[first, last], [page, page]]
    return {"code": warning["code"], "values": {**warning["values"], "pages": [*before, *after]}}
