"""Messages and prompt options are checked, and refused by name."""

import subprocess
import sys
from typing import Any

import pytest
from PIL import Image

from model.errors import InputError
from model.messages import PromptOptions, parse_messages
from tests.helpers.paths import ROOT


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def test_a_separate_image_goes_before_the_users_text() -> None:
    image = Image.new("RGB", (100, 100), "red")
    messages = parse_messages([{"role": "system", "content": "a"}, user("b")], image)
    assert [message.parts for message in messages] == [("a",), (image, "b")]


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"max_slice_nums": 0}, "max_slice_nums"),
        ({"max_inp_length": 0}, "max_inp_length"),
        ({"max_inp_length": "long"}, "max_inp_length"),
        ({"system_prompt": 3}, "system_prompt"),
        ({"use_image_id": "no"}, "use_image_id"),
        ({"continue_final_message": "no"}, "continue_final_message"),
    ],
)
def test_options_out_of_range_are_refused_by_name(given: dict[str, Any], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        PromptOptions.from_dict(given)


def test_none_stands_for_the_default() -> None:
    assert PromptOptions.from_dict({"max_inp_length": None, "use_image_id": None}) == PromptOptions()


@pytest.mark.parametrize(
    ("msgs", "cause"),
    [
        ([], "at least one message"),
        ("hello", "at least one message"),
        (None, "at least one message"),
        (["hello"], r"msgs\[0\] must be a dict with exactly the keys role and content"),
        ([{"role": "user"}], r"msgs\[0\] must be a dict with exactly the keys role and content"),
        ([{"role": "user", "content": "a", "name": "b"}], "exactly the keys role and content"),
        ([user("a"), {"role": "function", "content": "b"}], r"msgs\[1\] has the role 'function'"),
        ([user("a", 3)], r"a part of msgs\[0\] has the type int"),
        ([user("a"), assistant("b"), user(b"bytes")], r"a part of msgs\[2\] has the type bytes"),
    ],
)
def test_malformed_messages_are_refused(msgs: Any, cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        parse_messages(msgs)


def test_messages_are_imported_without_torch() -> None:
    code = "import sys, model.messages, model.tools; print({'torch', 'transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "set()\n"


@pytest.mark.parametrize(
    "roles", [["system"], ["assistant"], ["user", "assistant"], ["user", "system"], ["tool"], ["user", "user"]]
)
def test_messages_may_come_in_any_order_and_be_empty(roles: list[str]) -> None:
    contents: list[Any] = ["a", "", []]
    for content in contents:
        messages = parse_messages([{"role": role, "content": content} for role in roles])
        assert [message.role for message in messages] == roles
