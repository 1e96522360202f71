"""What is wrong with a body or a query, in words: msgspec's own messages name types that only programmers know.

Its messages are in https://github.com/jcrist/msgspec/blob/main/src/msgspec/_core.c.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from server.errors import BadBody
from server.errors.base import shorten

PLACE = re.compile(r"(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
"""A message with the path of the field, which only has our own names."""

MALFORMED = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)")
LONE_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F]|\Z)")
"""The first half of a pair without the second (https://www.rfc-editor.org/rfc/rfc8259#section-8.2).

At the end of a string msgspec takes that for the end of the text.
"""

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

TYPES: Mapping[str, tuple[str, str]] = {
    "int": ("a whole number", "整数"),
    "float": ("a number", "数字"),
    "str": ("a string", "字符串"),
    "bool": ("true or false", "布尔值"),
    "array": ("a list", "数组"),
    "object": ("an object", "对象"),
    "null": ("null", " null"),
}
GOT: Mapping[str, tuple[str, str]] = {**TYPES, "float": ("one with a fraction", "小数")}
COMPARISONS: Mapping[str, tuple[str, str]] = {
    ">=": ("at least", "不能小于"),
    "<=": ("at most", "不能大于"),
    ">": ("over", "必须大于"),
    "<": ("under", "必须小于"),
}
LENGTHS: Mapping[str, tuple[str, str]] = {">=": ("at least", "至少"), "<=": ("at most", "至多")}
UNITS: Mapping[str, tuple[str, str, str]] = {
    "str": ("character", "characters", "个字符"),
    "array": ("entry", "entries", "项"),
    "object": ("field", "fields", "个字段"),
}
MISTAKES: Mapping[str, tuple[str, str]] = {
    "trailing comma in object": ("an object ends with a comma", "对象以逗号结尾"),
    "trailing comma in array": ("a list ends with a comma", "数组以逗号结尾"),
    "trailing characters": ("more text follows the JSON", "JSON 之后还有多余内容"),
    "object keys must be strings": ("the name of a field is not in double quotes", "字段名没有用双引号括起来"),
    "invalid escape character in string": ("a string has an unknown escape", "字符串含有无法识别的转义"),
    "invalid number": ("a number is not written as JSON has it", "数字的写法不符合 JSON"),
}
"""Mistakes in JSON that can be told in a few words; for others the place says enough."""

Texts = tuple[str, str]
"""A text in English and Chinese."""

SURROGATE: Texts = (
    r"a string has half of a pair of surrogates, such as \ud83d alone",
    r"字符串含有不成对的代理码位（如单独的 \ud83d）",
)


@dataclass(frozen=True)
class FieldError:
    """What is wrong with the field at `path`, which is empty for the whole body: `en` and `zh` follow its name."""

    path: str
    en: str
    zh: str


def write_body_error(error: Exception, text: bytes | bytearray = b"") -> BadBody:
    """Return the error to send for one of msgspec, or of Python's UTF-8 decoder, about the body `text`."""
    if isinstance(error, RecursionError):
        return BadBody("it is nested too deeply", "嵌套过深")
    if isinstance(error, msgspec.ValidationError):
        field = explain_field(error)
        path, path_zh = (field.path, field.path) if field.path else ("it", "内容")
        return BadBody(f"{path} {field.en}", f"{path_zh}{' ' * bool(field.path)}{field.zh}", field.path or None)
    return BadBody(*_explain_text(error, text))


def explain_field(error: msgspec.ValidationError) -> FieldError:
    """Return what is wrong with a field, without the names of Python's types."""
    match = PLACE.fullmatch(str(error))
    assert match is not None, "every text fits"
    path = (match["path"] or "").removeprefix("[...]")
    for pattern, explain in KINDS:
        if found := pattern.fullmatch(match["what"]):
            name, en, zh = explain(found)
            key = ("has a name in it that ", "中的字段名") if match["key"] else ("", "")
            return FieldError(".".join(part for part in (path, name) if part), key[0] + en, key[1] + zh)
    return FieldError(path, "has a value that it cannot have", "的值不可用")


def _explain_text(error: Exception, text: bytes | bytearray) -> Texts:
    if isinstance(error, UnicodeDecodeError) or text[:2] in UTF_16_MARKS or 0 in text[:2]:
        return "it is not encoded in UTF-8", "不是 UTF-8 编码"
    match = MALFORMED.fullmatch(str(error))
    if "surrogate" in str(error) or (match is None and LONE_SURROGATE.search(text)):
        return SURROGATE
    if match is None:
        return ("it ends too early to be JSON", "JSON 不完整") if text.strip() else ("it is empty", "内容为空")
    mistake, mistake_zh = MISTAKES.get(match[1], ("", ""))
    return (
        f"it is not JSON from byte {match[2]} on{': ' * bool(mistake)}{mistake}",
        f"从第 {match[2]} 字节起不是合法的 JSON{'：' * bool(mistake)}{mistake_zh}",
    )


Found = re.Match[str]
Explained = tuple[str, str, str]
"""The name of a field below the path, or nothing, and the texts."""


def _explain_type(found: Found) -> Explained:
    wanted = [name for name in found[1].split(" | ") if name != "null"] or ["null"]
    en, zh = " or ".join(TYPES[name][0] for name in wanted), "或".join(TYPES[name][1] for name in wanted)
    got = GOT.get(found[2] or "")
    return "", f"must be {en}{f', not {got[0]}' if got else ''}", f"应为{zh}{f'，而不是{got[1]}' if got else ''}"


def _explain_range(found: Found) -> Explained:
    (en, zh), bound = COMPARISONS[found[1]], found[2].removesuffix(".0")
    return "", f"must be {en} {bound}", f"{zh} {bound}"


def _explain_length(found: Found) -> Explained:
    (en, zh), (one, many, unit_zh) = LENGTHS.get(found[2], ("exactly", "正好")), UNITS[found[1]]
    unit = one if found[3] == "1" else many
    return "", f"must have {en} {found[3]} {unit}", f"{zh}应有 {found[3]} {unit_zh}"


def _explain_pattern(_: Found) -> Explained:
    return "", "has a character that is not allowed there, or is too long", "含有不允许的字符，或过长"


def _explain_multiple(found: Found) -> Explained:
    return "", f"must be a multiple of {found[1].removesuffix('.0')}", f"应为 {found[1].removesuffix('.0')} 的倍数"


def _explain_value(found: Found) -> Explained:
    return "", f"cannot be {shorten(found[1])}", f"不能是 {shorten(found[1])}"


def _explain_missing(found: Found) -> Explained:
    return found[1], "is missing", "缺失"


def _explain_unknown(found: Found) -> Explained:
    return shorten(found[1]), "is not known here", "无法识别"


def _explain_number(_: Found) -> Explained:
    return "", "has a number that is too large", "含有过大的数字"


KINDS: tuple[tuple[re.Pattern[str], Callable[[Found], Explained]], ...] = (
    (re.compile(r"Expected `((?:\w+)(?: \| \w+)*)`(?:, got `(\w+)`)?"), _explain_type),
    (re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)"), _explain_range),
    (re.compile(r"Expected `(str|array|object)` of length (?:(>=|<=) )?(\d+)(?:, got \d+)?"), _explain_length),
    (re.compile(r"Expected `str` matching regex .*", re.DOTALL), _explain_pattern),
    (re.compile(r"Expected `\w+` that's a multiple of (\S+)"), _explain_multiple),
    (re.compile(r"Invalid (?:enum )?value (.*)", re.DOTALL), _explain_value),
    (re.compile(r"Object missing required field `(.*)`"), _explain_missing),
    (re.compile(r"Object contains unknown field `(.*)`", re.DOTALL), _explain_unknown),
    (re.compile(r"(?:Integer value|Number) out of range"), _explain_number),
)
"""What msgspec says, and how that is told. It names no other types than those of `TYPES` for what we read."""
