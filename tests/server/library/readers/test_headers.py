"""Which rows of a table are its header."""

import pytest

from server.library.readers.headers import HeaderRows, find_header, is_name


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "-3.5",
        "1,234.50",
        "￥12.00",
        "$ 5",
        "15%",
        "12万",
        "2024-05-01",
        "2024年5月1日",
        "12:30",
        "TRUE",
        "是",
        "-",
    ],
)
def test_quantities_are_no_names(text: str) -> None:
    assert not is_name(text)


@pytest.mark.parametrize("text", ["Price", "单价（元）", "AB-123", "2024 Q1", "Q1", "型号 3"])
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["name", "price"], ["a", "1"]], (0, 1)),
        ([["Price list", ""], ["", ""], ["name", "price"], ["a", "1"]], (2, 3)),
        ([["name", "city"], ["ann", "Rome"]], (0, 1)),
        ([["a", "1"], ["b", "2"]], (0, 0)),
        ([["name", "price"]], (0, 0)),
        ([["alone"], ["x"]], (0, 0)),
        ([["title", ""], ["a", "b"], ["c", "d"]], (0, 0)),
        ([["name", "", "", "price", "stock"], ["a", "b", "c", "1", "2"]], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_headers(rows: list[list[str]], header: tuple[int, int]) -> None:
    assert find_header(rows) == HeaderRows(*header)
    assert [number for number in range(9) if number in find_header(rows)] == list(range(*header))
