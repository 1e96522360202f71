"""Questions with their answers in texts."""

import pytest

from tests.helpers.sheets import read_sheet

HEADED = """# 常见问题

## 退货
### 1. 怎么退货？
七天内。

可以 **免费** 退。

### 2. 运费谁出？
我们出。

## 其他
### 支持哪些付款方式
微信。
"""


def test_headings_that_ask() -> None:
    sheet = read_sheet(HEADED, "a.md")
    assert sheet.reading.role == "faq"
    assert [(faq.question, faq.answer) for faq in sheet.faqs] == [
        ("怎么退货？", "七天内。\n\n可以 **免费** 退。"),
        ("运费谁出？", "我们出。"),
        ("支持哪些付款方式", "微信。"),
    ]
    assert [passage.heading for passage, _ in sheet.passages] == [
        "常见问题 > 退货",
        "常见问题 > 退货",
        "常见问题 > 其他",
    ]
    assert sheet.text_of(sheet.faqs[1]) == "### 2. 运费谁出？\n我们出。"


@pytest.mark.parametrize(
    "text",
    [
        "**Q: How long?**\nA: Two days.\n\n**Q: Can I return it?**\nA: Yes,\nwithin 14 days.\n",
        "Q1: How long?\nA1: Two days.\nQ2: Can I return it?\nA2: Yes,\nwithin 14 days.\n",
        "- **Q:** How long?\n  **A:** Two days.\n- **Q:** Can I return it?\n  **A:** Yes,\nwithin 14 days.\n",
        "## Q. How long?\nTwo days.\n\n## Q. Can I return it?\nYes,\nwithin 14 days.\n",
    ],
)
def test_marks(text: str) -> None:
    sheet = read_sheet(text, "a.md")
    assert [(faq.question, faq.answer) for faq in sheet.faqs] == [
        ("How long?", "Two days."),
        ("Can I return it?", "Yes,\nwithin 14 days."),
    ]


def test_chinese_marks_in_plain_text() -> None:
    sheet = read_sheet("问：保修多久？\n答：一年。\n\n问：在哪维修？\n答：门店。\n", "a.txt")
    assert [(faq.question, faq.answer, faq.language) for faq in sheet.faqs] == [
        ("保修多久？", "一年。", "zh"),
        ("在哪维修？", "门店。", "zh"),
    ]


def test_a_policy_is_a_document() -> None:
    text = "# Returns\n\n## Period\n\n14 days.\n\n## Costs\n\nWe pay.\n\n## What if it is broken?\n\nTell us.\n"
    assert read_sheet(text, "a.md").reading.role == "document"
    assert [faq.question for faq in read_sheet(text, "a.md", role="faq").faqs] == ["What if it is broken?"]


def test_any_headings_where_the_operator_says_so() -> None:
    sheet = read_sheet("# Returns\n\n## Period\n\n14 days.\n\n## Costs\n\nWe pay.\n", "a.md", role="faq")
    assert [(faq.question, faq.answer) for faq in sheet.faqs] == [("Period", "14 days."), ("Costs", "We pay.")]


def test_an_answer_over_pages_has_a_passage_on_each() -> None:
    text = "".join(f"## How does {n} work?\n\n{f'It does work {n}. ' * 90}\n\n" for n in range(12))
    sheet = read_sheet(text, "a.md")
    assert len(sheet.pages) > 2
    assert len(sheet.faqs) == 12
    assert all(faq.answer.count("It does work") == 90 for faq in sheet.faqs)
