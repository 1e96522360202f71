"""The file of tools: what is read, and how what is wrong is named."""

from pathlib import Path
from typing import Any

import pytest

from server.pipeline.reloading import Reloadable
from server.tools.errors import ToolsError
from server.tools.http_call import HttpCall
from server.tools.tools_file import Tools, load_tools
from tests.helpers.tools import make_binding

HEAD = """# tools of a shop
[[tools]]
name = "get_order"
description = { zh = "查询一个订单", en = "Look up one order" }
profiles = ["shop"]
"""
ARGUMENTS = """
[tools.arguments]
type = "object"
required = ["order"]
[tools.arguments.properties.order]
type = "string"
"""
HTTP = """
[tools.http]
method = "GET"
url = "http://127.0.0.1:8090/orders/{order}"
headers = { Authorization = "Bearer ${SHOP_SECRET}" }
timeout_s = 5
"""
WHOLE = f'{HEAD}{ARGUMENTS}[tools.identity]\ncustomer = "sub"\n{HTTP}'
CHANGE = WHOLE.replace("GET", "POST").replace('"get_order"', '"cancel"\nchanges = true')
CONFIRM = '[tools.confirm]\nzh = "取消 {order}"\nen = "Cancel {order}"\n'


def load(folder: Path, text: str, hosts: tuple[str, ...] = ("127.0.0.1:8090",), **variables: str) -> Tools:
    file = folder / "tools.toml"
    file.write_text(text, encoding="utf-8")
    return load_tools(file, make_binding(hosts, 2000, **{"SHOP_SECRET": "hush", **variables}))


def test_a_tool_is_read_whole(tmp_path: Path) -> None:
    tools = load(tmp_path, WHOLE + CHANGE.replace("[[tools]]", "\n[[tools]]") + CONFIRM)
    assert list(tools) == ["get_order", "cancel"]
    tool = tools["get_order"]
    assert tool.describe("zh").description == "查询一个订单"
    assert tool.describe("en").is_strict
    assert tool.describe("en").parameters == {
        "type": "object",
        "required": ["order"],
        "properties": {"order": {"type": "string"}},
        "additionalProperties": False,
    }
    assert isinstance(tool.call, HttpCall)
    assert tool.call.headers == {"Authorization": "Bearer hush"}
    assert tools["cancel"].declaration.changes


def test_an_empty_file_has_no_tools(tmp_path: Path) -> None:
    assert load(tmp_path, "") == {}


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("[[tools]]\nname = \n", 2, "Invalid value"),
        ("[tool]\nname = 1\n", 1, "nothing named tool"),
        ("tools = 1\n", 1, "each tool is a table"),
        (HEAD.replace("get_order", "Get-Order") + HTTP, 3, "name"),
        (HEAD.replace("name", "nome") + HTTP, 3, "nome"),
        (HEAD.replace("en =", "fr =") + HTTP, 4, "fr"),
        (HEAD.replace('["shop"]', "[]") + HTTP, 5, "profiles"),
        (HEAD + 'python = "os.path:join"\n' + HTTP, 8, "either a table http or an entry point"),
        (HEAD, 2, "either a table http or an entry point"),
        (HEAD + 'python = "no.such:thing"\n', 6, "cannot be loaded"),
        (HEAD + 'python = "nothing"\n', 6, "python"),
        (HEAD + 'python = "tests.helpers.tools:make_declaration"\n' + '[tools.identity]\nx = "sub"\n', 0, ""),
        (WHOLE.replace('type = "object"', 'type = "array"'), 7, "schema of an object"),
        (WHOLE.replace('type = "string"', 'type = "text"'), 7, "no schema that calls can be held to"),
        (WHOLE.replace('type = "string"', "uniqueItems = true"), 7, "no schema that calls can be held to"),
        (WHOLE.replace('type = "string"', '"$ref" = "http://evil/"'), 7, "no schema that calls can be held to"),
        (WHOLE.replace("customer =", "order ="), 12, "order is an argument that the model writes"),
        (WHOLE.replace('"sub"', '"body.sub"'), 12, "identity"),
        (WHOLE.replace("8090", "8091"), 17, "127.0.0.1:8091 is not in the setting tool_hosts"),
        (WHOLE.replace("{order}", "{number}"), 17, "no required argument is named number"),
        (WHOLE.replace('required = ["order"]\n', ""), 16, "no required argument is named order"),
        (WHOLE.replace('"GET"', '"PATCH"'), 16, "PATCH"),
        (WHOLE.replace("SHOP_SECRET", "OTHER_SECRET"), 18, "the variable OTHER_SECRET is not set"),
        (WHOLE.replace("Authorization", '"Content-Length"'), 18, "no header that a tool may set"),
        (WHOLE.replace("Authorization", '"A: b"'), 18, "no header that a tool may set"),
        (WHOLE.replace("timeout_s = 5", "timeout_s = 0"), 19, "timeout_s"),
        (CHANGE, 2, "needs the sentence"),
        (CHANGE.replace("POST", "GET") + CONFIRM, 17, "is no GET"),
        (CHANGE + CONFIRM.replace("Cancel {order}", "Cancel {line}"), 21, "there is no argument line"),
        (WHOLE + CONFIRM, 20, "only a tool that changes data"),
        (WHOLE + "\n" + WHOLE, 23, "two tools named get_order"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, cause: str) -> None:
    if not cause:  # a function that takes any argument
        assert load(tmp_path, text)
        return
    with pytest.raises(ToolsError) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'tools.toml'}, line {line}: "), message
    assert cause in message
    assert "hush" not in message


def test_a_secret_with_a_line_end_is_refused_but_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match="characters that no header takes") as refused:
        load(tmp_path, WHOLE, SHOP_SECRET="hush\nX-Admin: yes")
    assert "hush" not in str(refused.value)


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match="SHOP_SECRET is not set in the environment, or empty"):
        load(tmp_path, WHOLE, SHOP_SECRET=" ")


def test_the_file_must_be_there_and_readable(tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match="No such file"):
        load_tools(tmp_path / "nothing.toml", make_binding())
    (tmp_path / "bad.toml").write_bytes(b"# \xff\n")
    with pytest.raises(ToolsError, match="line 1: is not UTF-8"):
        load_tools(tmp_path / "bad.toml", make_binding())


def test_an_edit_is_used_only_where_it_is_right(tmp_path: Path) -> None:
    load(tmp_path, WHOLE)
    binding: Any = make_binding(["127.0.0.1:8090"], SHOP_SECRET="hush")
    file = Reloadable(tmp_path / "tools.toml", lambda path: load_tools(path, binding), 0.0)
    (tmp_path / "tools.toml").write_text(WHOLE.replace("get_order", "find_order"), encoding="utf-8")
    assert list(file.current(2.0)) == ["find_order"]
    (tmp_path / "tools.toml").write_text(HEAD, encoding="utf-8")
    assert list(file.current(4.0)) == ["find_order"]
    assert "line 2" in (file.refused or "")
