import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from scripts.scenes.files import write_price_list
from scripts.scenes.scene import SAMPLES, Line, Scene
from scripts.scenes.shop import SCENES

RIGHT = {"answer": "It is blue.", "corrections": [1]}


@pytest.mark.parametrize(
    ("line", "reply", "num_errors"),
    [
        (Line("?", "It is blue."), RIGHT, 0),
        (Line("?", "It is red."), RIGHT, 1),
        (Line("?", "It is..."), RIGHT, 0),
        (Line("?", "It was..."), RIGHT, 1),
        (Line("?", "It is blue.", shows={"corrections": [1]}), RIGHT, 0),
        (Line("?", "It is red.", shows={"corrections": [2], "moderation": []}), RIGHT, 3),
        (Line("?", "It is blue.", cache="miss"), RIGHT, 0),
        (Line("?", "It is blue.", cache="hit"), RIGHT, 1),
        (Line("?", "It is blue.", pages=(3,)), {**RIGHT, "citations": [{"page": 3}, {"sheet": "a"}]}, 0),
        (Line("?", "It is blue.", pages=(3, 4)), {**RIGHT, "citations": [{"page": 3}]}, 1),
        (Line("?", "It is blue."), {}, 1),
        (Line("?", "It is red.", again="It is..."), RIGHT, 0),
        (Line("?", "It is red.", again="It was..."), RIGHT, 1),
        (Line("?", "It is blue.", has=("action",)), {**RIGHT, "action": {"id": "1"}}, 0),
        (Line("?", "It is blue.", has=("action",)), {**RIGHT, "action": None}, 1),
    ],
)
def test_what_is_wrong_with_a_reply(line: Line, reply: dict[str, Any], num_errors: int) -> None:
    assert len(line.find_errors(reply, "miss")) == num_errors


def test_a_line_becomes_the_body_of_its_route() -> None:
    line = Line("what?", "this", ("blue-striped-shirt.png",))
    chat = Scene("a", [line]).build_body(line, "ann")
    assert (chat["user_id"], chat["question"], len(chat["images"])) == ("ann", "what?", 1)
    assert "video" in Scene("a", []).build_body(Line("what?", "this", video="cards.mp4"), "ann")
    assert "user_id" not in Scene("a", [line], "/ask").build_body(line, "ann")
    known = Scene("a", [line], customer="ann").build_body(line, "ann")
    assert known.keys() == {"user_id", "question"}, "a customer may not ask for a profile or the trace"
    compare = Scene("a", [line], "/compare").build_body(line, "ann")
    assert [set(picture) for picture in compare["pictures"]] == [{"image"}]


def test_the_scenes_show_sample_cards_that_there_are() -> None:
    pictures = {name for scene in SCENES for line in scene.lines for name in (*line.pictures, line.video) if name}
    assert all((SAMPLES / name).is_file() for name in pictures)
    assert len(pictures) >= 3


def test_the_price_list_has_a_total_of_what_is_above_it() -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(write_price_list())).get_sheet_by_index(0).to_python()
    assert rows[0] == ["商品", "类别", "价格", "库存"]
    prices, stocks = ([float(str(row[column])) for row in rows[1:-1]] for column in (2, 3))
    assert rows[-1] == ["合计", "", sum(prices), sum(stocks)]
    assert len(rows) == 14
