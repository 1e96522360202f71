"""The tables are Markdown, and the page has them, the machine and the figures as JSON."""

import json
import math
import re
from dataclasses import replace

import pytest

from scripts.precision.figures import Divergence, Figures
from scripts.precision.measuring import Reference
from scripts.precision.page import shorten, write_page
from scripts.precision.tables import ARITHMETIC, COSTS, write_arithmetic, write_costs, write_number, write_table

FIGURES = Figures(
    mean_kl=0.00012345,
    p99_kl=0.01,
    max_kl=2.5,
    agreement=0.975,
    logit_error=0.5,
    margin_error=0.4,
    identical=0.5,
    divergences=[Divergence(0, 3, 0.1), Divergence(1, 8, 0.3)],
    mean_arithmetic_kl=0.002,
    max_arithmetic_kl=0.05,
    max_transformers_kl=3e-7,
    image_error=0.0081,
    right=0.9,
)
REFERENCE = Reference("demo", "float32", "cpu", [], [], [])


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reference, "right", None)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.usefixtures("unknown")
def test_a_row_has_each_cost() -> None:
    head, rule, reference, row = write_costs(REFERENCE, {"int4 in bfloat16": FIGURES}).splitlines()
    assert cells(head) == list(COSTS)
    assert set(cells(rule)) == {"---"}
    assert cells(reference) == ["float32", *["-"] * (len(COSTS) - 1)]
    assert cells(row) == [
        *("int4 in bfloat16", "0.00012", "0.01", "2.5", "97.5 %", "0.50", "50.0 %", "5.5 (2)", "0.30", "0.0081"),
        "90.0 %",
    ]


@pytest.mark.usefixtures("unknown")
def test_a_row_without_divergences_says_so() -> None:
    figures = replace(FIGURES, divergences=[], identical=1.0, right=None)
    row = cells(write_costs(REFERENCE, {"bfloat16": figures}).splitlines()[-1])
    assert row[6:9] == ["100.0 %", "none", "-"]
    assert row[-1] == "-"


def test_the_arithmetic_has_a_table_of_its_own() -> None:
    lines = write_arithmetic({"bfloat16": FIGURES, "int8 in float32": FIGURES}).splitlines()
    assert cells(lines[0]) == list(ARITHMETIC)
    assert cells(lines[3]) == ["int8 in float32", "0.002", "0.05", "3e-07"]


def test_numbers_have_two_digits() -> None:
    assert [write_number(value) for value in (0.0, 0.26123, 1.2345e-7, math.nan)] == ["0", "0.26", "1.2e-07", "nan"]


def test_json_is_rounded_and_keeps_its_form() -> None:
    assert shorten({"a": [0.123456, 3, "x", None], "b": {"c": 1.00004e-9}}) == {
        "a": [0.1235, 3, "x", None],
        "b": {"c": 1e-9},
    }


def test_the_page_has_the_tables_and_the_json() -> None:
    table = write_table(("a", "b"), [["1", "2"]])
    summary = {"device": "cpu", "value": 0.123456}
    page = write_page({"The demo": table, "Another": table}, "a machine", "2026-01-02", summary)
    assert page.startswith("# bfloat16, int8 and int4 against float32\n")
    assert "Measured on 2026-01-02, on a machine." in page
    assert page.count(table) == 2
    assert "\n## The demo\n\nA trained model" in page
    assert "\n## Another\n\n| a | b |" in page
    (found,) = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    assert json.loads(found) == {"device": "cpu", "value": 0.1235}
    assert not re.search(r"[{]\w+[}:]", page.replace(found, "")), "nothing is left to fill in"
