"""Telling rows of totals, averages and notes from the rows of the table itself."""

import re

from server.library.tables.numbers import is_blank, narrow, read_quantity
from server.library.tables.records import TableRow

_NOTE = r"(?:\s*\(.*\))?\s*:?"
_OF_WHAT = r"(?:\s(?:amount|sum|price|cost|for|of|incl|excl|before|after|due)\b.*|\s(?:19|20)\d{2})?"
_FOREIGN = (
    "gesamt(?:summe|betrag)?|(?:zwischen)?summe|insgesamt|(?:sous[ -]?)?total(?: g[ée]n[ée]ral)?|totale(?: generale)?"
    "|(?:sub)?totaal|suma|razem|ogółem|celkem|(?:всего|итого)(?: .{1,20})?|общий итог|toplam|jumlah|tổng(?: cộng)?"
    "|합계|소계|총계|총합계|รวม"
)
HINT = re.compile(
    "计|計|和|累|总|總|均|过次页|承前页|carried|brought|total|sum|average|mean|avg|gesamt|totaal|razem|ogółem|celkem"
    "|всего|итог|итого|toplam|jumlah|tổng|[합소총]계|รวม",
    re.IGNORECASE,
)
"""What any label of such a row has; looked for first, as most rows are none."""

_SUMMED = "合计|总计|小计|共计|累计|合计数|合計|総計|總計|小計|共計|累計"
_CHINESE = f"{_SUMMED}|总和|总额|总数|總額"
CHINESE_TOTAL = re.compile(
    rf"(?:.{{0,12}}?(?:{_SUMMED}|平均|平均值|均值)|{_CHINESE}){_NOTE}(?:金额|数量)?|过次页|承前页"
)
ENGLISH_TOTAL = re.compile(
    rf"(?:.{{1,30}}\s)?(?:(?:grand|sub)[ -]?)?totals?{_OF_WHAT}{_NOTE}|(?:sum|average|mean|avg\.?){_NOTE}"
    rf"|(?:{_FOREIGN}){_NOTE}|(?:carried|brought) (?:forward|down|over)",
    re.IGNORECASE,
)
ALONE = re.compile(rf"(?:{_CHINESE}|(?:(?:grand|sub)[ -]?)?totals?|{_FOREIGN}){_NOTE}", re.IGNORECASE)
"""Labels of totals that are nothing else wherever they are in a row."""

REMARK = re.compile(
    r"(?:备\s*注|注|附注|说明|数据来源|资料来源|来源|制表人?|审核人?|notes?|remarks?|source)\s*\d*\s*[:.、].*|[*※†].*",
    re.IGNORECASE | re.DOTALL,
)


def is_total(row: TableRow) -> bool:
    """Whether a row sums up others, and has a number: its first text that is no number says so.

    Behind the name of a group, a word such as 小计 says so too, if no other text follows it.
    """
    if HINT.search("\n".join(row.texts)) is None:
        return False
    labels = [narrow_label(text) for text in row.texts if not is_blank(text) and read_quantity(text) is None]
    if not labels:
        return False
    is_first = CHINESE_TOTAL.fullmatch(labels[0]) or ENGLISH_TOTAL.fullmatch(labels[0])
    if not (is_first or ALONE.fullmatch(labels[-1])):
        return False
    return any(read_quantity(text) is not None for text in row.texts)


def is_remark(row: TableRow) -> bool:
    """Whether a row is no more than a note on the table, such as 备注：含税, or a heading over all of its columns."""
    first, *others = row.texts
    if others and others[0] and first and others[0] != first:  # nearly all rows
        return False
    texts = {text for text in row.texts if text.strip()}
    if not others or len(texts) != 1:
        return False
    is_spread = bool(first) and row.repeated >= set(range(1, len(row.texts))) and read_quantity(first) is None
    return is_spread or REMARK.fullmatch(narrow(next(iter(texts)))) is not None


def narrow_label(text: str) -> str:
    """Return a label without the spaces that spread its Chinese characters."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", narrow(text))
