"""Every kind of message that msgspec has for JSON becomes a sentence in both languages, with the path of the field."""

import re
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct, field

from server.api.body_errors import explain_field, write_body_error
from server.errors import BadBody
from server.errors.base import MAX_REPEATED


class A(Struct, tag_field="type", tag="a"):
    x: int = 0


class B(Struct, tag_field="type", tag="b"):
    y: int = 0


class Colour(Enum):
    RED = "red"


class Body(Struct, forbid_unknown_fields=True):
    needed: int
    whole: int | None = None
    least: Annotated[int, Meta(ge=1, le=5)] = 1
    between: Annotated[float, Meta(gt=0, lt=5)] = 1
    half: Annotated[float, Meta(multiple_of=0.5)] = 1
    text: Annotated[str, Meta(min_length=1, max_length=3)] = "a"
    name: Annotated[str, Meta(pattern="^a$")] = "a"
    items: Annotated[list[int], Meta(min_length=1, max_length=2)] = field(default_factory=list)
    pair: tuple[int, int] = (1, 1)
    bias: Annotated[dict[int, float], Meta(max_length=1)] = field(default_factory=dict)
    colour: Colour = Colour.RED
    size: Literal["s", "m"] | None = None
    number: Literal[1, 2] = 1
    parts: list[A | B | str] = field(default_factory=list)
    flag: bool | list[str] = False


CASES: list[tuple[str, str | None, str, str]] = [
    ("[]", None, "it must be an object, not a list", "内容应为对象，而不是数组"),
    ("null", None, "it must be an object, not null", "内容应为对象，而不是 null"),
    ("{}", "needed", "needed is missing", "needed 缺失"),
    ('{"needed":"x"}', "needed", "needed must be a whole number, not a string", "needed 应为整数，而不是字符串"),
    (
        '{"needed":1.5}',
        "needed",
        "needed must be a whole number, not one with a fraction",
        "needed 应为整数，而不是小数",
    ),
    ('{"needed":null}', "needed", "needed must be a whole number, not null", "needed 应为整数，而不是 null"),
    ('{"z":1,"needed":1}', "z", "z is not known here", "z 无法识别"),
    ('{"whole":true}', "whole", "whole must be a whole number, not true or false", "whole 应为整数，而不是布尔值"),
    ('{"least":0}', "least", "least must be at least 1", "least 不能小于 1"),
    ('{"least":6}', "least", "least must be at most 5", "least 不能大于 5"),
    ('{"between":0}', "between", "between must be over 0", "between 必须大于 0"),
    ('{"between":5}', "between", "between must be under 5", "between 必须小于 5"),
    ('{"half":0.3}', "half", "half must be a multiple of 0.5", "half 应为 0.5 的倍数"),
    ('{"text":""}', "text", "text must have at least 1 character", "text 至少应有 1 个字符"),
    ('{"text":"aaaa"}', "text", "text must have at most 3 characters", "text 至多应有 3 个字符"),
    ('{"name":"b"}', "name", "name has a character that is not allowed there, or is too long", "name 含有不允许的字符"),
    ('{"items":[]}', "items", "items must have at least 1 entry", "items 至少应有 1 项"),
    ('{"items":[1,2,3]}', "items", "items must have at most 2 entries", "items 至多应有 2 项"),
    ('{"items":[1,"a"]}', "items[1]", "items[1] must be a whole number, not a string", "items[1] 应为整数"),
    ('{"pair":[1]}', "pair", "pair must have exactly 2 entries", "pair 正好应有 2 项"),
    ('{"bias":{"1":1,"2":2}}', "bias", "bias must have at most 1 field", "bias 至多应有 1 个字段"),
    ('{"bias":{"x":1}}', "bias", "bias has a name in it that must be a whole number", "bias 中的字段名应为整数"),
    ('{"bias":{"1":"x"}}', "bias[...]", "bias[...] must be a number, not a string", "bias[...] 应为数字"),
    ('{"colour":"blue"}', "colour", "colour cannot be 'blue'", "colour 不能是 'blue'"),
    ('{"size":"xl"}', "size", "size cannot be 'xl'", "size 不能是 'xl'"),
    ('{"size":4}', "size", "size must be a string, not a whole number", "size 应为字符串"),
    ('{"number":4}', "number", "number cannot be 4", "number 不能是 4"),
    ('{"parts":[{"type":"c"}]}', "parts[0].type", "parts[0].type cannot be 'c'", "parts[0].type 不能是 'c'"),
    ('{"parts":[{}]}', "parts[0].type", "parts[0].type is missing", "parts[0].type 缺失"),
    ('{"parts":[{"type":3}]}', "parts[0].type", "parts[0].type must be a string", "parts[0].type 应为字符串"),
    ('{"parts":[3]}', "parts[0]", "parts[0] must be a string or an object, not", "parts[0] 应为字符串或对象"),
    ('{"flag":4}', "flag", "flag must be true or false or a list, not a whole number", "flag 应为布尔值或数组"),
    ('{"needed":1e400}', None, "it has a number that is too large", "内容含有过大的数字"),
    ('{"needed":NaN}', None, "it is not JSON from byte 10 on", "从第 10 字节起不是合法的 JSON"),
    ('{"needed":01}', None, "a number is not written as JSON has it", "数字的写法不符合 JSON"),
    ('{"needed":1', None, "it ends too early to be JSON", "JSON 不完整"),
    ('{"needed":1,}', None, "an object ends with a comma", "对象以逗号结尾"),
    ('{"items":[1,]}', None, "a list ends with a comma", "数组以逗号结尾"),
    ('{"needed" 1}', None, "it is not JSON from byte 10 on", "不是合法的 JSON"),
    ('{"needed":1 "whole":1}', None, "it is not JSON from byte 12 on", "不是合法的 JSON"),
    ('{"needed":1}}', None, "more text follows the JSON", "JSON 之后还有多余内容"),
    ("{'needed':1}", None, "the name of a field is not in double quotes", "字段名没有用双引号括起来"),
    ('{"text":"\\x"}', None, "a string has an unknown escape", "字符串含有无法识别的转义"),
    ('{"text":"a\nb"}', None, "it is not JSON from byte 10 on", "不是合法的 JSON"),
    ('{"text":"\\ud800"}', None, "half of a pair of surrogates", "代理码位"),
    ('{"text":"\\ud83dx"}', None, "half of a pair of surrogates", "代理码位"),
    ('{"text":"\\udc00"}', None, "half of a pair of surrogates", "代理码位"),
    ('{"text":"\\ud800\\u0041"}', None, "half of a pair of surrogates", "代理码位"),
    ('{"text":"\\ud83d\\ude00', None, "it ends too early to be JSON", "JSON 不完整"),
    ('{"text":"\\ud83d', None, "it ends too early to be JSON", "JSON 不完整"),
    ("", None, "it is empty", "内容为空"),
    (" \n", None, "it is empty", "内容为空"),
    ("[" * 5000, None, "it is nested too deeply", "嵌套过深"),
]
INNER_WORDS = re.compile(r"msgspec|Expected|Object|`|\bstr\b|\bint\b|\$|malformed|codec")


def refuse(body: bytes) -> BadBody:
    """Return the error for a body, with `needed` where it says nothing of it."""
    try:
        given = msgspec.json.decode(body)
        if isinstance(given, dict) and given:
            given = {"needed": 1, **given}
        msgspec.convert(given, Body, str_keys=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return write_body_error(error, body)
    raise AssertionError(f"{body!r} is a good body")


def test_every_kind_of_error_is_a_sentence() -> None:
    for body, param, en, zh in CASES:
        known = refuse(body.encode())
        assert (known.param, known.status) == (param, 400), body
        assert known.texts["en"].startswith("the request cannot be read: "), body
        assert en in known.texts["en"]
        assert zh in known.texts["zh"]
        assert not INNER_WORDS.search("".join(known.texts.values())), known.texts


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"\xff"}',
        b'{"text":"\xed\xa0\x80"}',
        b'{"\xff":1}',
        '{"needed":1}'.encode("utf-16"),
        '{"needed":1}'.encode("utf-16-le"),
        '{"needed":1}'.encode("utf-16-be"),
        "{}".encode("utf-32"),
        '{"text":"颜色"}'.encode("gbk"),
    ],
)
def test_other_encodings_than_utf_8(body: bytes) -> None:
    assert refuse(body).texts == {
        "en": "the request cannot be read: it is not encoded in UTF-8",
        "zh": "请求格式错误：不是 UTF-8 编码",
    }


def test_what_the_client_sent_is_repeated_in_part_only() -> None:
    for body in ({"needed": 1, "size": "x" * 10_000}, {"needed": 1, "x" * 10_000: 1}):
        assert len(str(refuse(msgspec.json.encode(body)))) < MAX_REPEATED + 100


def test_an_unknown_message_says_no_more_than_the_field() -> None:
    known = explain_field(msgspec.ValidationError("Something new of msgspec - at `$.a.b`"))
    assert (known.path, known.en, known.zh) == ("a.b", "has a value that it cannot have", "的值不可用")


def test_a_value_that_looks_like_a_path() -> None:
    given: Any = {"needed": 1, "size": "x` - at `$.y`"}
    known = refuse(msgspec.json.encode(given))
    assert known.param == "size"
