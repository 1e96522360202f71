"""A store with a small shop: shirts in three colours, a printer with its parts and faults, and one without."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from server.store.knowledge_records import Attribute, CollectionState, Derived, Entity, Name, Relation
from server.store.store import Store, open_store
from tests.helpers.knowledge import add_knowledge
from tests.helpers.migrated import place_migrated


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    place_migrated(tmp_path / "store.db")
    async with open_store(tmp_path / "store.db") as opened:
        yield opened


def make_entity(
    key: str, kind: str, zh: str, en: str, attributes: Sequence[tuple[str, str]] = (), passage: int = 0
) -> Entity:
    names = tuple(Name(text, language) for text, language in ((zh, "zh"), (en, "en")) if text)  # type: ignore[arg-type]
    return Entity(key, kind, names, tuple(Attribute(*each) for each in attributes), passage)  # type: ignore[arg-type]


CLOTHES = Derived(
    entities=[
        make_entity("TS-100", "product", "条纹衬衫", "Striped shirt", [("材质", "棉"), ("material", "cotton")], 0),
        make_entity(
            "TS-101", "variant", "蓝色条纹衬衫", "Blue striped shirt", [("颜色", "蓝色"), ("价格", "129 元")], 1
        ),
        make_entity(
            "TS-102", "variant", "红色条纹衬衫", "Red striped shirt", [("颜色", "红色"), ("价格", "119 元")], 2
        ),
        make_entity("TS-103", "variant", "绿色条纹衬衫", "Green striped shirt", [("颜色", "绿色")], 3),
        make_entity("TR-200", "product", "卡其长裤", "Khaki trousers", [("price", "199 yuan")], 4),
        make_entity("shirts", "category", "衬衫", "shirts", (), 0),
    ],
    relations=[
        Relation("TS-101", "variant_of", "TS-100", 1),
        Relation("TS-102", "variant_of", "TS-100", 2),
        Relation("TS-103", "variant_of", "TS-100", 3),
        Relation("TS-100", "belongs_with", "TR-200", 0),
        Relation("TS-100", "in_category", "shirts", 0),
    ],
)
MACHINES = Derived(
    entities=[
        make_entity("X100", "product", "X100 打印机", "X100 printer", [("price", "899 yuan")], 0),
        make_entity("X200", "product", "X200 打印机", "X200 printer", (), 1),
        make_entity("INK-7", "product", "七号墨盒", "Ink cartridge 7", (), 2),
        make_entity("X100 E42", "fault", "E42", "", (), 3),
        make_entity("X200 E42", "fault", "E42", "", (), 4),
        make_entity("卡纸", "cause", "卡纸", "paper jam", (), 3),
        make_entity("取出纸张", "remedy", "取出纸张", "take the paper out", (), 3),
        make_entity("过热", "cause", "过热", "overheating", (), 4),
        make_entity("冷却", "remedy", "冷却 20 分钟", "let it cool", (), 4),
    ],
    relations=[
        Relation("INK-7", "fits", "X100", 2),
        Relation("X200", "replaces", "X100", 1),
        Relation("X100", "has_fault", "X100 E42", 3),
        Relation("X200", "has_fault", "X200 E42", 4),
        Relation("卡纸", "causes", "X100 E42", 3),
        Relation("X100 E42", "remedied_by", "取出纸张", 3),
        Relation("过热", "causes", "X200 E42", 4),
        Relation("X200 E42", "remedied_by", "冷却", 4),
    ],
)


@pytest.fixture
async def shop(store: Store, tmp_path: Path) -> CollectionState:
    await store.knowledge.put_collection("shop")
    await add_knowledge(store, "shop", tmp_path, "clothes.csv", [f"clothes row {i}" for i in range(6)], CLOTHES)
    await add_knowledge(store, "shop", tmp_path, "machines.csv", [f"machines row {i}" for i in range(6)], MACHINES)
    return (await store.knowledge.get_states(["shop"]))["shop"]
