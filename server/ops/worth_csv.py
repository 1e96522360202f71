"""What the desk is worth as CSV: one table of numbers, each with its profile and its name."""

import csv
import io
from collections.abc import Iterator

from server.library.tables.formats import guard_formula
from server.ops.worth import WorthReport
from server.ops.worth_tally import ProfileWorth

HEADER = ("part", "profile", "name", "value")
BOM = "\ufeff"
"""What tells spreadsheet programs that Chinese is written in UTF-8."""

Row = tuple[str, str, str, float | int | None]


def write_worth_csv(report: WorthReport) -> str:
    """Return the report as CSV (RFC 4180). The profile is empty for all together, and a value where there is none."""
    file = io.StringIO()
    file.write(BOM)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    for worth in (report.total, *report.profiles):
        writer.writerows(map(_guard, _list_rows(worth)))
    writer.writerows(_guard(("question", "", asked.question, asked.sessions)) for asked in report.questions)
    return file.getvalue()


def _list_rows(worth: ProfileWorth) -> Iterator[Row]:
    profile = worth.profile or ""
    values = {
        "sessions": worth.sessions,
        "without_person": worth.without_person,
        "without_person_share": worth.without_person_share,
        "first_answer_median_s": worth.first_answer.median_s,
        "first_answer_p90_s": worth.first_answer.p90_s,
        "end_median_s": worth.end.median_s,
        "end_p90_s": worth.end.p90_s,
        "thumbs_up": worth.thumbs_up,
        "thumbs_down": worth.thumbs_down,
    }
    part = "total" if worth.profile is None else "profile"
    yield from ((part, profile, name, value) for name, value in values.items())
    yield from (("handover", profile, reason, count) for reason, count in worth.handovers.items())


def _guard(row: Row) -> Row:
    part, profile, name, value = row
    return part, guard_formula(profile), guard_formula(name), value
