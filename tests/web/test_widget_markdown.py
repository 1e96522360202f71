"""The small reader of Markdown of the chat window: what answers have, and what attackers write."""

import time

import pytest

from tests.helpers.pages import Visit

RENDER = """async ([name, texts]) => {
    const markdown = await import("/web/widget/markdown.js");
    return texts.map((text) => {
        const place = document.createElement("div");
        place.append(markdown[name](text));
        return place.innerHTML;
    });
}"""

ELEMENTS = """async (text) => {
    const place = document.createElement("div");
    place.append((await import("/web/widget/markdown.js")).renderMarkdown(text));
    return [...place.querySelectorAll("*")].map(({ localName, attributes }) => [localName, attributes.length]);
}"""

RENDERED = {
    "**价格：**299元": "<p><strong>价格：</strong>299元</p>",
    "原价399**¥299**起": "<p>原价399<strong>¥299</strong>起</p>",
    "a `b*c` ~~d~~": "<p>a <code>b*c</code> <del>d</del></p>",
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "# Title\ntext": "<h3>Title</h3><p>text</p>",
    "- a\n- b\n  - c\n\ntext": "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>text</p>",
    "1. a\n2. b": "<ol><li>a</li><li>b</li></ol>",
    "3. a\n\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "> a\n> b": "<blockquote><p>a<br>b</p></blockquote>",
    "```js\na < b\n```\nc": "<pre><code>a &lt; b</code></pre><p>c</p>",
    "```\nno end": "<pre><code>no end</code></pre>",
    "---": "<hr>",
    "| a | b |\n|---|:-:|\n| 1 | **2** |": (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><strong>2</strong></td></tr></tbody></table>"
    ),
    "[shop](https://shop.example)": "<p>shop (https://shop.example)</p>",
    "![x](https://evil.example/a.png)": "<p>x (https://evil.example/a.png)</p>",
}
UNCHANGED = (
    "3*4*5",
    "10*20cm * 30",
    "2**3**2",
    "**价格",
    "file_name_here",
    "约~100元~200元",
    "衬衫*2、裤子*1",
    "a | b",
    "#1",
)
"""What has no mark-up, although it has its signs."""

ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "**<b onclick=alert(1)>x</b>**",
    "`<iframe src=//evil.example>`",
    "| <svg onload=alert(1)> |\n|---|\n| <style>*{}</style> |",
)
LARGE = (
    *("**" * 20_000, "[" * 20_000, "> " * 5_000, "- " * 5_000, "`" * 20_000, "# " + "#" * 20_000),
    *("| " * 10_000 + "\n" + "|-" * 10_000, "a\n" * 20_000, " " * 20_000 + "x"),
)
"""What would take a careless reader minutes, or all of the stack."""


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def render(chat: Visit, *texts: str, name: str = "renderMarkdown") -> list[str]:
    rendered: list[str] = chat.page.evaluate(RENDER, [name, list(texts)])
    return rendered


def test_what_answers_have(chat: Visit) -> None:
    assert dict(zip(RENDERED, render(chat, *RENDERED), strict=True)) == RENDERED
    assert render(chat, *UNCHANGED) == [f"<p>{text}</p>" for text in UNCHANGED]


def test_signs_that_are_not_finished_are_not_shown(chat: Visit) -> None:
    growing = ("text\n-", "text\n1.", "text **", "text\n| a |\n|-", "")
    assert [part.replace("<br>", "") for part in render(chat, *growing, name="renderGrowing")] == [
        *("<p>text</p>", "<p>text</p>", "<p>text</p>", "<p>text| a |</p>", ""),
    ]


def test_nothing_that_was_written_becomes_an_element(chat: Visit) -> None:
    allowed = {"p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}
    for attack in ATTACKS:
        made = chat.page.evaluate(ELEMENTS, attack)
        assert made
        assert all(name in allowed and not num_attributes for name, num_attributes in made), attack


def test_long_texts_take_little_time(chat: Visit) -> None:
    began = time.monotonic()
    for text in LARGE:
        assert len(render(chat, text)) == 1
    assert time.monotonic() - began < 30
