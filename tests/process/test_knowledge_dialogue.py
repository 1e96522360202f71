"""A dialogue about a picture with the demo model, answered from a shop's sheet."""

import base64
from pathlib import Path
from typing import Any

from tests.helpers.loopback import comes_true
from tests.helpers.paths import SAMPLE_FOLDER
from tests.helpers.processes import get, post, run_server

SHEET = """\
编号,名称,name_en,价格,材质,适合季节
BH-71,蓝色条纹衬衫,striped blue shirt,299 元,苎麻,夏季
PD-40,红色纯色连衣裙,plain red dress,459 元,羊绒,冬季
"""
PROFILE = 'title = { zh = "店", en = "Shop" }\nstages = ["knowledge", "cache"]\ncollections = ["linen"]\n'


def is_read(address: str) -> bool:
    collections = get(f"{address}/collections")["collections"]
    return bool(collections) and collections[0]["documents"] == 1


def show(file: str) -> str:
    return base64.b64encode((SAMPLE_FOLDER / file).read_bytes()).decode()


def test_a_picture_its_price_and_what_follows_in_turns(tmp_path: Path) -> None:
    for folder, name, text in (("knowledge/linen", "sheet.csv", SHEET), ("profiles", "linen.toml", PROFILE)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    folders = ("--knowledge", str(tmp_path / "knowledge"), "--profiles", str(tmp_path / "profiles"))
    with run_server("--model", "demo", "--data", str(tmp_path / "data"), *folders) as (_, address, _):
        assert comes_true(lambda: is_read(address), 60)

        def ask(question: str, **given: Any) -> tuple[str, list[Any], dict[str, Any]]:
            body = {"user_id": "ann", "profile": "linen", "question": question, "trace": True, **given}
            said = post(f"{address}/chat", body)
            (note,) = [each for each in said["trace"] if each["stage"] == "knowledge"]
            return said["answer"], said["citations"], note

        answer, citations, note = ask("How much is it?", image=show("blue-striped-shirt.png"))
        assert answer == "It costs 299 yuan.[1]"
        assert citations[0]["quote"].startswith("BH-71")
        assert [each["key"] for each in note["mentions"]] == ["BH-71"]
        _, _, note = ask("是什么材质的？适合夏天穿吗？")
        assert (note["mode"], [each["key"] for each in note["mentions"]]) == ("find", ["BH-71"])
        assert "苎麻" in note["passages"][0]["text"]
        assert "PD-40" not in str(note["passages"])
        _, _, note = ask("那这件呢，什么材质？", image=show("red-plain-dress.png"))
        assert [each["key"] for each in note["mentions"]] == ["PD-40"]
        _, _, note = ask("蓝色条纹衬衫多少钱？")
        assert [each["key"] for each in note["mentions"]] == ["BH-71"]
        (session,) = get(f"{address}/sessions")["sessions"]
        first = get(f"{address}/sessions/{session['id']}")["turns"][0]
        assert first["citations"] == citations
