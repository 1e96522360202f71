"""Markdown as shops and their customers write it: prices, sizes, labels before Chinese, and answers that grow."""

import time

import pytest
from playwright.sync_api import expect

from tests.helpers.pages import Visit

RENDER = """async ([name, texts]) => {
    const markdown = await import("/web/chat/markdown.js");
    return texts.map((text) => {
        const place = document.createElement("div");
        place.append(markdown[name](text));
        return place.innerHTML.trim();
    });
}"""

UNCHANGED = (
    "约~100元~200元",
    "1~2天",
    "约 ~100~ 元",
    "3*4*5",
    "10*20cm * 30",
    "10cm*20cm*30cm",
    "3 *4* 5",
    "2 * 3 * 4",
    "2*￥99*3=￥594",
    "299元*0.8*2",
    "10厘米*20厘米*5厘米",
    "３＊４，３*４*５",
    "长*宽*高",
    "L*W*H",
    "W60*D40*H180",
    "衬衫*2、裤子*1（含税）*3",
    "a_b@shop.example",
    "www.shop.example/a_b",
    "2**3**2",
    "**价格",
    "**价格：",
    "file_name_here",
    "文件_名_字",
    "foo(**kwargs)",
    "https://shop.example/~ann/a_b_c*d*e",
)
"""What has no mark-up, although it has its signs."""

BOLD = {
    "**价格：**299元": "<strong>价格：</strong>299元",
    "**价格:**299元": "<strong>价格:</strong>299元",
    "**Price:**299": "<strong>Price:</strong>299",
    "**“引号”**后文": "<strong>“引号”</strong>后文",
    "**注意：**请": "<strong>注意：</strong>请",
    "*强调*文字": "<em>强调</em>文字",
    "中文*强调*文字": "中文<em>强调</em>文字",
    "价格**￥299**起": "价格<strong>￥299</strong>起",
    "原价399**¥299**起": "原价399<strong>¥299</strong>起",
    "这是**“重点”**。": "这是<strong>“重点”</strong>。",
    "**【新款】**连衣裙 is **new**.": "<strong>【新款】</strong>连衣裙 is <strong>new</strong>.",
    "***注意：***文字": "<em><strong>注意：</strong></em>文字",
    "**尺寸：**10*20*30cm": "<strong>尺寸：</strong>10*20*30cm",
    "*3*4=12*": "<em>3*4=12</em>",
    "_snake_case_": "<em>snake_case</em>",
    "see (**here**), **then** *go*": "see (<strong>here</strong>), <strong>then</strong> <em>go</em>",
    "满300减*50元*": "满300减<em>50元</em>",
    "**50%**off": "<strong>50%</strong>off",
    '**"特价"**19元': '<strong>"特价"</strong>19元',
    "**爆款🔥**A": "<strong>爆款🔥</strong>A",
    "满300**-50**元": "满300<strong>-50</strong>元",
    "299**(含税)**": "299<strong>(含税)</strong>",
    "👗**爆款❤️**👗": "👗<strong>爆款❤️</strong>👗",
}

STRUCK = {
    "原价~~399元~~现价299元": "原价<del>399元</del>现价299元",
    "~~约~100元~~": "<del>约~100元</del>",
    "**~~￥399~~**": "<strong><del>￥399</del></strong>",
}

BLOCKS = {
    "* 一\n* **二：**三": "<ul>\n<li>一</li>\n<li><strong>二：</strong>三</li>\n</ul>",
    "`3*4*5` `~~x~~`": "<p><code>3*4*5</code> <code>~~x~~</code></p>",
    "```\n**a：**b~~c~~\n```": "<pre><code>**a：**b~~c~~\n</code></pre>",
    "|3*4*5|\n|-|\n|**价：**1~2|": "<table>\n<thead>\n<tr>\n<th>3*4*5</th>\n</tr>\n</thead>\n"
    "<tbody><tr>\n<td><strong>价：</strong>1~2</td>\n</tr>\n</tbody></table>",
    "***": "<hr>",
}


@pytest.fixture
def chat(shared_chat: Visit) -> Visit:
    return shared_chat


def render(chat: Visit, texts: list[str], name: str = "renderMarkdown") -> list[str]:
    rendered: list[str] = chat.page.evaluate(RENDER, [name, texts])
    return rendered


def test_signs_mean_what_they_mean_in_a_shop(chat: Visit) -> None:
    paragraphs = {**dict.fromkeys(UNCHANGED), **BOLD, **STRUCK}
    expected = [f"<p>{html or text}</p>" for text, html in paragraphs.items()] + list(BLOCKS.values())
    assert render(chat, [*paragraphs, *BLOCKS]) == expected

    # an answer that grows shows its text as it is until the end of what is bold has come
    text = "**价格：**3*4*5"
    begun = ["", "", "<p>**价</p>", "<p>**价格</p>", *["<p>**价格：</p>"] * 2]
    bold = [f"<p><strong>价格：</strong>{rest}</p>" for rest in ("", "3", "3", "3*4", "3*4", "3*4*5")]
    assert render(chat, [text[: end + 1] for end in range(len(text))], "renderGrowing") == [
        *begun,
        "<p>**价格：</p>",
        *bold[1:],
    ]

    # a line that is only begun makes nothing of the line before
    lines = ("-", "==", "2", "2.", "  - ", "``", "|--|", "* ")
    assert render(chat, [f"蓝色\n{line}" for line in lines], "renderGrowing") == ["<p>蓝色</p>"] * len(lines)
    assert render(chat, ["有2\n2件", "2", "a\n2.5", "**"], "renderGrowing") == [
        "<p>有2<br>2件</p>",
        "",
        "<p>a<br>2.5</p>",
        "",
    ]

    chat.ask("价格**￥299**起，约~100元~200元")
    chat.expect_answers("0/1: 价格￥299起，约~100元~200元")
    expect(chat.answers.locator("strong")).to_have_text("￥299")


def test_long_answers_are_drawn_at_once(chat: Visit) -> None:
    """No pattern of signs takes longer than a moment, as an answer is drawn again while it grows."""
    begin = time.monotonic()
    signs = ("**价：", "~~a ", "3*", "长*", "10cm*", "**a：**b", "`*~", "衣*2", "🔥**a")
    assert all(render(chat, [sign * (8000 // len(sign)) for sign in signs]))
    begun = ("- = + ", " ", "|-", "-\n")
    render(chat, [sign * (8000 // len(sign)) + "a" for sign in begun], "renderGrowing")
    assert time.monotonic() - begin < 5
