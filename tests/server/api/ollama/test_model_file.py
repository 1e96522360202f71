"""What is said of the model in words is true, and in the form that Ollama's clients read."""

import re
from dataclasses import replace

from model.tools import HEADING, INSTRUCTION, Tool, write_system_prompt
from server.api.ollama.model_file import DEMO_LICENCE, LICENCE, PARAMETERS, TEMPLATE, find_licence, write_model_file
from tests.helpers.fakes import INFO


def test_every_block_of_the_template_ends() -> None:
    words = re.findall(r"\{\{-? (\w+|\$)", TEMPLATE)
    assert sum(word in ("if", "range", "with", "define") for word in words) == words.count("end")
    assert TEMPLATE.count("{{") == TEMPLATE.count("}}")


def test_the_template_has_the_words_of_the_prompt() -> None:
    tool = Tool("buy")
    written = write_system_prompt("", [tool]).replace(tool.signature, "")
    assert written == f"You are a helpful assistant.\n\n{HEADING}\n\n{INSTRUCTION}"
    assert HEADING in TEMPLATE
    assert INSTRUCTION in TEMPLATE
    for call in (Tool("a").name, "<|im_start|>assistant\n", "<tool_response>\n", "<tool_call>\n", "<|im_end|>\n"):
        assert call in TEMPLATE


def test_a_model_file_names_all_there_is() -> None:
    text = write_model_file("demo", DEMO_LICENCE)
    assert text.startswith("FROM demo\nTEMPLATE ")
    assert text.count('"""') == 4
    assert re.findall(r"^PARAMETER (.*)$", text, re.MULTILINE) == PARAMETERS.splitlines()


def test_the_demo_has_a_licence_of_its_own() -> None:
    assert find_licence(INFO) == LICENCE
    assert find_licence(replace(INFO, is_demo=True)) == DEMO_LICENCE
