"""The example's rules fit its tools and the shop: whole answers in both languages, and nothing for other questions."""

import csv
import re
from collections.abc import Callable, Iterator

import pytest

from scripts.scenes import service
from scripts.scenes.scene import Scene
from scripts.shop.catalogue import SHEETS
from tests.helpers.example_tools import RULES, TOOLS, Language, ShopCaller, find_rule, schema_of

CallerOf = Callable[[str], ShopCaller]

KNOWN = {"tool", "zh", "en", "arguments", "missing", "answer", "item", "none", "failed"}
TEXTS = ("missing", "answer", "item", "none", "failed")
ORDERS_ZH = """您有 5 个订单：
- MS100142（2026-03-10）：红色波点雨伞，92 元，已付款，待发货
- MS100136（2026-03-08）：红色纯色连衣裙，459 元，已发货
- MS100127（2026-03-04）：蓝色条纹衬衫、黑色纯色长裤，538 元，已签收
- MS100118（2026-02-16）：白色雾语挂烫机 300、挂烫机滤芯，498 元，已签收
- MS100101（2026-01-26）：橙色条纹手提包，540 元，已签收"""
ORDERS_EN = """You have 3 orders:
- MS100141 (2026-03-10): Fireside wool socks, 147 yuan, paid, not yet packed
- MS100134 (2026-03-07): Dewdrop dehumidifier, dehumidifier filter, 644 yuan, shipped
- MS100121 (2026-02-26): black plain hat, white striped sock, 197 yuan, being returned"""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['tool']}-{rule['zh'][0]}")
def test_a_rule_fits_its_tool(rule: dict[str, object]) -> None:
    assert rule.keys() <= KNOWN
    assert rule["zh"]
    assert rule["en"]
    schema = schema_of(str(rule["tool"]))
    arguments = rule.get("arguments", {})
    assert isinstance(arguments, dict)
    assert arguments.keys() <= schema["properties"].keys()
    assert set(schema["required"]) <= arguments.keys(), "an argument of the schema has no source"
    assert all(re.compile(pattern).groups == 1 for pattern in arguments.values())
    for name in TEXTS:
        assert name not in rule or rule[name].keys() == {"zh", "en"}  # type: ignore[attr-defined]
    is_change = TOOLS[str(rule["tool"])].get("changes", False)
    is_handover = rule["tool"] == "ask_person"
    assert ("answer" in rule) != (is_change or is_handover), "the server answers, as it asks for a yes, or for a person"
    assert ("item" in rule) == ("none" in rule) == (rule["tool"] == "list_orders")


@pytest.mark.parametrize(
    ("customer", "language", "question", "answer"),
    [
        ("ann", "zh", "我的订单有哪些？", ORDERS_ZH),
        ("ann", "zh", "我的订单到哪了", ORDERS_ZH),
        ("ann", "zh", "帮我查订单", ORDERS_ZH),
        ("chen", "en", "Show my orders, please", ORDERS_EN),
        ("chen", "en", "Where is my order?", ORDERS_EN),
        ("nobody", "zh", "我的订单呢？", "您还没有订单。"),
        ("nobody", "en", "where is my order", "You have no orders."),
        (
            "ann",
            "zh",
            "查订单 MS100142",
            "订单 MS100142（2026-03-10）：红色波点雨伞。合计 92 元，其中运费 8 元。状态：已付款，待发货。"
            "收货人：安**，浙江省杭州市西湖区***。",
        ),
        (
            "bo",
            "en",
            "my order number is ms100131",
            "Order MS100131 (2026-03-06): white plain shirt. It comes to 518 yuan with 0 yuan for shipping."
            " State: delivered. It goes to 薄**, 江苏省苏州市姑苏区***.",
        ),
        ("ann", "zh", "MS100142 到哪里了", "订单 MS100142：已付款，待发货。物流：尚未发货。"),
        ("bo", "en", "Where is order MS100139?", "Order MS100139: packed, not yet shipped. Parcel: not shipped yet."),
        ("ann", "zh", "MS100131 到哪了", "没有找到订单 MS100131。"),
        ("bo", "en", "track MS100136", "There is no order MS100136."),
        ("bo", "zh", "订单号 MS100127", "没有找到订单 MS100127。"),
        ("ann", "zh", "GS-300-MI有货吗", "薄荷绿雾语挂烫机 300（GS-300-MI）：暂时没有货。"),
        ("ann", "en", "Is GS-300-MI in stock?", "mint Mist garment steamer 300 (GS-300-MI): sold out for now."),
        ("ann", "en", "is xx-99 available", "There is no product XX-99."),
        ("ann", "zh", "我要退货", "请告诉我要退货的订单号，例如 MS100127。"),
        (
            "ann",
            "en",
            "I want to return something",
            "Which order do you want to return? Please give me its number, such as MS100127.",
        ),
        ("ann", "zh", "我要退货，订单 MS100127", "为订单 MS100127 申请退货。"),
        ("ann", "zh", "MS100127 退货", "为订单 MS100127 申请退货。"),
        ("ann", "en", "Return MS100127", "Request a return for order MS100127."),
        ("ann", "zh", "我想取消订单", "请告诉我要取消的订单号，例如 MS100142。"),
        ("ann", "zh", "取消订单MS100142", "取消订单 MS100142。"),
        ("ann", "en", "Cancel my order MS100142", "Cancel order MS100142."),
        ("ann", "zh", "我要换货", "请告诉我订单号、第几项和要换的尺码，例如：MS100127 第 1 项换成 XL。"),
        ("ann", "zh", "MS100127 第 1 项换成 xl 码", "把订单 MS100127 的第 1 项换成 XL 码。"),
        (
            "ann",
            "en",
            "Please exchange item 2 of MS100127 for 34",
            "Exchange item 2 of order MS100127 for size 34.",
        ),
    ],
)
def test_a_question_is_answered_whole(
    caller_of: CallerOf, customer: str, language: Language, question: str, answer: str
) -> None:
    assert caller_of(customer).answer(language, question) == answer


def test_a_parcel_on_its_way_is_told_in_both_languages(caller_of: CallerOf) -> None:
    _, shipment = caller_of("ann").call("track_shipment", {"order": "MS100136"})
    number = shipment["tracking"]
    zh = f"订单 MS100136：已发货。物流：顺丰 {number}，2026-03-10 00:00 已到达分拨中心。"
    en = f"Order MS100136: shipped. Parcel: SF Express {number}, 2026-03-10 00:00: arrived at the sorting centre."
    assert caller_of("ann").answer("zh", "物流信息", "我的订单号是 MS100136") == zh
    assert caller_of("ann").answer("en", "where is my parcel?", "MS100136") == en


@pytest.mark.parametrize("question", ["我要投诉！", "I want to complain about MS100127", "我取消了订单，要求赔偿"])
def test_a_complaint_is_for_a_person(question: str) -> None:
    found = find_rule(question)
    assert found is not None
    assert (found[0]["tool"], found[1]) == ("ask_person", {})


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("MS100127 第 2 项退货", {"order": "MS100127", "line": 2}),
        ("我要退货：ms100127，第1件", {"order": "MS100127", "line": 1}),
        ("I want to return item 1 of MS100127", {"order": "MS100127", "line": 1}),
        ("我要退货 MS100127，收到第 3 天就坏了", {"order": "MS100127"}),
    ],
)
def test_the_item_to_be_returned_is_read(question: str, arguments: dict[str, object]) -> None:
    found = find_rule(question)
    assert found is not None
    assert (found[0]["tool"], found[1]) == ("start_return", arguments)


def test_an_item_in_words_is_left_to_the_model_rather_than_the_whole_order_returned() -> None:
    found = find_rule("MS100127 第二项退货")
    assert found is not None
    assert found[1] == {"order": "MS100127", "line": "二"}, "which does not fit the schema"


def faq_questions() -> Iterator[str]:
    with (SHEETS / "faq.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield from (row["问题"], row["question"], *row["其他问法"].split("|"), *row["wordings"].split("|"))


@pytest.mark.parametrize("before", [(), ("订单 MS100127",), ("Where is order MS100127?",)])
def test_no_question_about_the_policy_starts_a_change(before: tuple[str, ...]) -> None:
    questions = list(faq_questions())
    assert len(questions) > 100
    for question in questions:
        found = find_rule(question, *before)
        assert found is None or not TOOLS[found[0]["tool"]].get("changes", False), question


def test_questions_of_the_faq_are_left_to_it_unless_they_ask_for_a_parcel() -> None:
    taken = [question for question in faq_questions() if find_rule(question) is not None]
    assert taken == ["where is my parcel"], "the customer's own orders are the better answer to this one"


@pytest.mark.parametrize(
    "question",
    [
        "你好",
        "这是什么？",
        "What is this?",
        "MS100127",
        "红色的多少钱",
        "return policy",
        "退货要多久",
        "取消可以吗 MS100142？",
    ],
)
def test_other_questions_run_nothing(question: str) -> None:
    assert find_rule(question) is None


@pytest.mark.parametrize("scene", service.SCENES, ids=lambda scene: scene.title)
def test_the_scenes_expect_what_the_rules_answer(caller_of: CallerOf, scene: Scene) -> None:
    assert scene.customer is not None
    caller = caller_of(scene.customer)
    language: Language = "zh" if scene.customer == "ann" else "en"
    said = [line.question for line in reversed(scene.lines)]
    for num_later, line in enumerate(reversed(scene.lines)):
        answer = caller.answer(language, *said[num_later:])
        if answer is None:
            assert line.has or line.question == "是", (
                "the server itself answers, as it has asked or is asked for a person"
            )
        else:
            assert line.find_errors({"answer": answer}, "") == []
