"""The model's own marks are taken out, also where they come in pieces."""

import pytest

from server.library.asking.marks import MarkRemover
from tests.helpers.fake_library import cut, remove_marks


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It costs 5 [1].", "It costs 5."),
        ("It costs 5.[1] More[2][3].", "It costs 5. More."),
        ("价格是 5 元【1】。", "价格是 5 元。"),
        ("价格【3†source】是", "价格是"),
        ("see [1, 2] and [4-6]", "see and"),
        ("see [^1]", "see"),
        ("[12] first", " first"),
        ("an [option] and [2024] stay", "an [option] and [2024] stay"),
        ("【注意】不要", "【注意】不要"),
        ("x = `a[1]` here [1]", "x = `a[1]` here"),
        ("```\na[1] = b[2]\n```\nso[1]", "```\na[1] = b[2]\n```\nso"),
        ("open [", "open ["),
        ("open [1", "open [1"),
        ("a  b ", "a  b "),
        ("one ` tick [1]\nnext[2]", "one ` tick [1]\nnext"),
    ],
)
def test_marks_go_and_the_rest_stays(text: str, left: str) -> None:
    assert remove_marks(text) == left
    for seed in range(30):
        remover = MarkRemover()
        assert "".join(map(remover.feed, cut(text, seed))) + remover.finish() == left


def test_only_what_may_be_a_mark_is_held_back() -> None:
    remover = MarkRemover()
    assert remover.feed("It is [") == "It is"
    assert remover.feed("1") == ""
    assert remover.feed("x] so") == " [1x] so"


def test_a_mark_that_never_ends_is_shown_at_last() -> None:
    remover = MarkRemover()
    text = "【1†" + "x" * 500
    assert remover.feed(text) + remover.finish() == text
