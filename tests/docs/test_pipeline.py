"""docs/pipeline.md agrees with the code."""

import re
from typing import Any

import pytest

from server.keys.account import ANONYMOUS
from server.pipeline.stage import StageOptions
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fakes import FakeChatModel
from tests.helpers.paths import DOCS, ROOT
from tests.helpers.pipelines import make_pipeline
from tests.helpers.turns import open_turns

PAGE = DOCS / "pipeline.md"
STAGES = ROOT / "server" / "pipeline" / "stages"


@pytest.mark.anyio
async def test_the_stage_of_the_page_works() -> None:
    (source,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(source, str(PAGE), "exec"), names)
    assert source.count("\n") <= 20
    async with open_turns(FakeChatModel()) as turns:
        pipeline = make_pipeline(turns, names["CalmingStage"]())
        for question, expected in (("hello", "0/1: hello"), ("WHERE IS IT!!!", "I am listening. Please go on.")):
            context = pipeline.build_context(Turn((TurnMessage("user", (question,)),)), ANONYMOUS, StageOptions())
            (answer,), _ = await pipeline.answer(context)
            assert answer.text == expected
            assert context.trace.get("calming")["is_loud"] == question.endswith("!!!")


def test_the_files_of_the_table_are_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+\.py)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in rows] == ["profile", "typos", "moderation", "documents", "knowledge", "tools", "cache"]
    for name, file in rows:
        assert f'name = "{name}"' in (STAGES / file).read_text(encoding="utf-8")
