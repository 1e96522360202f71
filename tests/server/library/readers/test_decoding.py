"""The encoding of whole text files."""

import io

import pytest

from scripts.broken.texts import CHINESE, TRADITIONAL
from server.library.readers.decoding import CHUNK_BYTES, find_encoding, list_remarks, read_chunks
from server.library.readers.protocol import Refused
from server.library.readers.records import Remark

TRADITIONAL_TEXTS = (
    TRADITIONAL,
    "編號,名稱,價格\n1,螺絲起子,120\n2,電鑽,2400\n",
    "茲證明本公司出售之商品自購買日起一年內，如有故障，免費維修。",
    "訂單已出貨，請於三日內至便利商店取貨。退換貨請聯絡客服人員。",
    "會議記錄：與會人員一致同意調整下半年度預算，並於九月底前完成招標作業。",
)
SIMPLIFIED_TEXTS = (
    CHINESE,
    "编号,名称,价格\n1,螺丝刀,120\n2,电钻,2400\n",
    "兹证明本公司出售的商品自购买之日起一年内，如有故障，免费维修。",
    "订单已发货，请在三天内到便利店取货。退换货请联系客服。",
    "カタカナとひらがなの商品名もあります。Ω±5%，Привет",
)


def find(data: bytes, declared: str | None = None) -> str:
    return find_encoding(io.BytesIO(data), declared)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marks_and_utf8(codec: str) -> None:
    assert find(CHINESE.encode(codec)) == codec


@pytest.mark.parametrize("order", ["le", "be"])
def test_both_byte_orders(order: str) -> None:
    data = f"\ufeff{CHINESE}".encode(f"utf-16-{order}")
    assert "".join(read_chunks(io.BytesIO(data), find(data))) == CHINESE


@pytest.mark.parametrize("text", SIMPLIFIED_TEXTS)
def test_gb18030_is_never_taken_for_big5(text: str) -> None:
    assert find(text.encode("gb18030")) == "gb18030"
    assert find((text * 50).encode("gb18030")) == "gb18030"


@pytest.mark.parametrize("text", TRADITIONAL_TEXTS)
def test_big5_is_found_though_gb18030_takes_it(text: str) -> None:
    data = text.encode("big5")
    data.decode("gb18030")
    assert find(data) == "big5"
    assert "".join(read_chunks(io.BytesIO(data), "big5")) == text


@pytest.mark.parametrize("text", TRADITIONAL_TEXTS)
def test_traditional_chinese_in_gb18030_stays_so(text: str) -> None:
    assert find(text.encode("gb18030")) == "gb18030"


@pytest.mark.parametrize("text", ["組件", "確定", "不明名稱", "名称,价格"])
def test_a_few_characters_are_read_in_the_order_of_encodings(text: str) -> None:
    assert find(text.encode("gb18030")) == "gb18030"


def test_microsofts_additions_to_big5() -> None:
    text = TRADITIONAL + "裏€"
    assert find(text.encode("cp950")) == "cp950"


def test_all_of_a_file_counts() -> None:
    ascii_start = b"a" * (CHUNK_BYTES + 1)
    assert find(ascii_start + CHINESE.encode("gb18030")) == "gb18030"
    with pytest.raises(Refused) as caught:
        find(ascii_start + b"\xff\xff\xff")
    assert caught.value.refusal.values == {"cause": "encoding"}


def test_characters_across_chunks_are_whole() -> None:
    data = b"a" * (CHUNK_BYTES - 1) + CHINESE.encode()
    assert find(data) == "utf-8"
    assert "".join(read_chunks(io.BytesIO(data), "utf-8")).endswith(CHINESE)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf\xff", b"\xff\xfea", "\ufeff".encode("utf-16-le") + b"\x00\xd8"])
def test_what_a_mark_says_and_the_rest_does_not_is_broken(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        find(data)
    assert caught.value.refusal.code == "broken"


@pytest.mark.parametrize(
    ("declared", "encoded", "found"),
    [
        ("gb2312", "gb18030", "gb18030"),
        ("GBK", "gb18030", "gb18030"),
        ("big5", "big5", "big5"),
        ("utf-8", "utf-8", "utf-8"),
        ("utf-16", "utf-8", "utf-8"),
        ("no-such-thing", "gb18030", "gb18030"),
        ("hex", "gb18030", "gb18030"),
        ("ascii", "utf-8", "utf-8"),
    ],
)
def test_what_is_declared_counts_where_it_fits(declared: str, encoded: str, found: str) -> None:
    text = "我們的產品" if encoded == "big5" else "我们的产品"
    assert find(text.encode(encoded), declared) == found


def test_latin_1_only_where_it_is_declared() -> None:
    assert find("café à Paris".encode("latin-1"), "iso-8859-1") == "cp1252"


def test_remarks_say_what_is_not_utf8() -> None:
    assert list_remarks("utf-8-sig") == list_remarks("utf-8") == ()
    assert list_remarks("utf-16") == (Remark("encoding", {"encoding": "UTF-16"}),)
    assert list_remarks("cp950") == (Remark("encoding", {"encoding": "Big5"}),)


def test_zeros_are_replaced_and_the_file_stays_open() -> None:
    file = io.BytesIO(b"a\0b")
    assert list(read_chunks(file, "utf-8")) == ["a\ufffdb"]
    assert not file.closed
