"""Tables of pictures: whatever the model writes, every row has every column."""

import json

import pytest

from model.constraint import Constraint
from server.engine.async_engine import AsyncEngine
from server.keys.account import Account
from server.library.tables.grid import TableGrid
from server.library.tables.picture_tables import read_picture_tables, read_whole_items
from server.pipeline.account_model import AccountModel
from server.turn.pictures import PictureSource
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png_base64
from tests.helpers.table_model import ScriptedModel
from tests.helpers.turns import make_turns

pytestmark = pytest.mark.anyio
PICTURE = PictureSource(b"png")
HEADERS = json.dumps({"tables": [["品名", "单价"], ["Name", "Age", "City"]]})


async def test_each_table_is_read_by_its_header() -> None:
    model = ScriptedModel(HEADERS, '{"rows": [["笔", "3"], ["本", ""]]}', '{"rows": [["Ann", "30", "Ulm"]]}')
    first, second = await read_picture_tables(PICTURE, model, page=7)
    assert list(TableGrid.of(first).list_texts(has_repeats=False)) == [["品名", "单价"], ["笔", "3"], ["本", ""]]
    assert (first.num_columns, second.num_columns, first.first_page, first.is_truncated) == (2, 3, 7, False)
    assert [cell.is_header for cell in second.cells] == [True] * 3 + [False] * 3


async def test_the_grammar_has_as_many_cells_as_the_header() -> None:
    model = ScriptedModel(HEADERS, '{"rows": []}', '{"rows": []}')
    await read_picture_tables(PICTURE, model)
    sizes = []
    for turn in model.turns[1:]:
        assert turn.schema is not None
        row = turn.schema["properties"]["rows"]["items"]
        sizes.append((row["minItems"], row["maxItems"]))
        Constraint(turn.schema).check()
    assert sizes == [(2, 2), (3, 3)]
    assert model.turns[0].schema is not None
    Constraint(model.turns[0].schema).check()


@pytest.mark.parametrize("end", [', ["本"...', ', ["本", "5...', "..."])
async def test_a_table_that_is_cut_off_has_whole_rows_and_says_so(end: str) -> None:
    model = ScriptedModel('{"tables": [["品名", "单价"]]}', f'{{"rows": [["笔", "3"]{end}')
    (table,) = await read_picture_tables(PICTURE, model)
    assert list(TableGrid.of(table).list_texts(has_repeats=False)) == [["品名", "单价"], ["笔", "3"]]
    assert table.is_truncated


async def test_a_picture_without_tables_has_none() -> None:
    assert await read_picture_tables(PICTURE, ScriptedModel('{"tables": []}')) == []


async def test_a_header_that_is_cut_off_is_no_table() -> None:
    model = ScriptedModel('{"tables": [["a", "b"], ["c"...', '{"rows": [["1", "2"]]}')
    assert [table.num_columns for table in await read_picture_tables(PICTURE, model)] == [2]


def test_items_are_read_while_they_are_whole() -> None:
    assert list(read_whole_items('{"rows": [["a, [b]"], ["c\\"]"], ["d')) == [["a, [b]"], ['c"]']]
    assert (
        list(read_whole_items("")) == list(read_whole_items("nothing")) == list(read_whole_items('{"rows": []}')) == []
    )


async def test_a_real_engine_keeps_to_the_grammar() -> None:
    """The fake model writes the shortest answer that the grammar allows, through the real decoding."""
    engine = AsyncEngine(FakeChatModel(), {})
    try:
        tables = await read_picture_tables(
            PictureSource(png_base64()), AccountModel(make_turns(engine), Account(is_operator=True))
        )
    finally:
        await engine.close()
    assert all({cell.column for cell in table.cells} == set(range(table.num_columns)) for table in tables)
