import pytest

from server.pipeline.typos.protected import HIDDEN, find_protected_spans, hide


def shown(text: str) -> list[str]:
    return [text[start:end] for start, end in find_protected_spans(text)]


@pytest.mark.parametrize(
    "quoted",
    ["“价各”", "‘价各’", "「价各」", "『价各』", "《价各》", "【价各】", '"teh pirce"', "`pip instal`", "'teh pirce'"],
)
def test_quoted_text_is_protected(quoted: str) -> None:
    assert shown(f"他写的 {quoted} 是什么") == [quoted]


@pytest.mark.parametrize(
    "text", ["it's what they don't want", "the boys' toys aren't here", "5' 10\" tall", "“没有结束"]
)
def test_apostrophes_and_open_quotes_quote_nothing(text: str) -> None:
    assert shown(text) == []


def test_a_quote_ends_on_its_line() -> None:
    assert shown("a “b\nc” d") == []


@pytest.mark.parametrize(
    "address",
    ["https://example.com/retrun?id=7", "ftp://a.b/teh", "jon.smyth@exmaple.com", "a+b@mail.example.org"],
)
def test_addresses_are_protected(address: str) -> None:
    assert shown(f"see {address} please") == [address]


def test_an_address_ends_where_chinese_starts() -> None:
    assert shown("打开https://example.com/dingdan没反应") == ["https://example.com/dingdan"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我叫李晓峰，", "李晓峰"),
        ("收件人：王丽娟", "王丽娟"),
        ("联系人 张伟", "张伟"),
        ("我姓覃小", "覃小"),
        ("我是周婷婷，昨天打过电话", "周婷婷"),
        ("请陈经理看看", "陈"),
        ("帮欧阳先生留位", "欧阳"),
        ("刘女士的订单", "刘"),
    ],
)
def test_names_of_people_are_protected(text: str, name: str) -> None:
    assert name in "".join(shown(text))


@pytest.mark.parametrize("text", ["我是老顾客", "他的名字很长", "请叫人来"])
def test_what_is_no_surname_starts_no_name(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("浙江省杭州市西湖区文三路 478 号", "文三"), ("寄到星湖街12号", "星湖"), ("杭州市西湖区", "西湖")],
)
def test_names_of_streets_are_protected(text: str, name: str) -> None:
    assert name in "".join(shown(text))


def test_hidden_characters_keep_the_others_in_place() -> None:
    assert hide("abcdef", [(1, 3), (5, 6)]) == f"a{HIDDEN * 2}de{HIDDEN}"
    assert hide("abc", []) == "abc"


def test_a_long_text_is_read_in_one_pass() -> None:
    text = "“" * 2000 + "'" * 2000 + "a" * 2000
    assert len(hide(text, find_protected_spans(text))) == len(text)
