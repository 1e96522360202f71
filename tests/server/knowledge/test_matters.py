"""What shops are asked about, known by the many ways to say it."""

from importlib.resources import files

import pytest

from server.knowledge.matters import GAP, find_matters, mark, read_matters
from server.knowledge.topics import HAN

LIST = files("server.knowledge") / "words" / "matters.txt"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("运费多少", "delivery cost"),
        ("What does it cost to have it shipped?", "delivery cost"),
        ("几天能到货", "delivery time"),
        ("When will my order get here?", "delivery time"),
        ("我的快递走到哪了", "tracking"),
        ("Where is my package now?", "tracking"),
        ("能寄到国外吗", "abroad"),
        ("Could I pick my purchase up in Leeds?", "pick up"),
        ("想到店看看", "shops"),
        ("Where are your shops?", "shops"),
        ("周末开门吗", "opening hours"),
        ("What time do you open?", "opening hours"),
        ("怎么联系客服", "contact"),
        ("能用支付宝吗", "payment methods"),
        ("My card was declined", "failed payment"),
        ("可以分期吗", "instalments"),
        ("Can I spread the payments over a year?", "instalments"),
        ("开票", "invoice"),
        ("不喜欢几天内可以退", "return period"),
        ("How long do I have to send something back?", "return period"),
        ("退回去运费谁出", "return cost"),
        ("Who pays if I send it back?", "return cost"),
        ("退的钱几天到账", "refund time"),
        ("When do I get my money back?", "refund time"),
        ("买大了能换小一码吗", "exchange"),
        ("The boots are too small", "exchange"),
        ("订单不要了", "cancelling"),
        ("I changed my mind", "cancelling"),
        ("地址填错了，来得及改吗", "changing an order"),
        ("送来的柜子刮花了", "damage"),
        ("You sent me the wrong thing", "wrong goods"),
        ("少了一颗螺丝", "missing parts"),
        ("质保", "warranty"),
        ("A spark burnt it, is that covered?", "what a warranty covers"),
        ("没电梯能搬上来吗", "carrying upstairs"),
        ("Is it cheaper for people at university?", "student discount"),
        ("别家更便宜，退差价吗", "price promise"),
        ("Who can see my records?", "privacy"),
        ("Please delete my account", "closing an account"),
    ],
)
def test_many_ways_to_ask(question: str, name: str) -> None:
    assert name in find_matters(question).names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!",
        "帮我写一首诗",
        "静夜双人床是什么木头的",
        "What is the capital of France?",
        "How heavy is the bag?",
        "The shipyard and the repairman",
    ],
)
def test_what_is_about_no_matter(text: str) -> None:
    spoken = find_matters(text)
    assert spoken.matters == ()
    assert spoken.rest == mark(text)


def test_all_groups_of_an_alternative_must_be_there() -> None:
    assert "refund time" not in find_matters("Do you give refunds?").names
    assert {"refunds", "refund time"} <= find_matters("How soon do you give refunds?").names


def test_words_may_stand_between_but_not_many() -> None:
    assert "assembly" in find_matters("Do I put the bed together?").names
    assert "assembly" not in find_matters("I put it there, and we two were all happy together").names
    assert "tracking" in find_matters("快递现在在哪").names
    assert "tracking" not in find_matters("快递员昨天下午送来的，你们的店又在哪").names


def test_what_says_the_matter_is_taken_out_of_the_rest() -> None:
    assert find_matters("How much is shipping to Mars?").rest.split() == ["is", "to", "mar"]
    assert find_matters("火星的运费").rest.strip() == "火星的"


def test_the_longest_phrase_is_taken_out_first() -> None:
    assert find_matters("付款方式").rest.strip() == ""


def test_both_languages_and_writings_are_read() -> None:
    names = find_matters("退款几天到账").names
    assert names >= {"refund time", "refunds"}
    assert find_matters("退款幾天到賬").names == names
    assert find_matters("REFUNDS, how long?").names >= {"refund time", "refunds"}


def test_matters_have_names_of_their_own_and_words_in_both_languages() -> None:
    matters = read_matters()
    assert len({matter.name for matter in matters}) == len(matters) > 40
    for matter in matters:
        assert HAN.search(matter.words), matter.name
        assert any(word.isascii() for word in matter.words.split()), matter.name
        assert GAP not in matter.words
        assert all(all(groups) for groups in matter.alternatives), matter.name


def test_all_phrases_of_the_list_are_found() -> None:
    for name, said in (line.split(": ", 1) for line in LIST.read_text(encoding="utf-8").splitlines()):
        for phrase in () if name.startswith("@") else said.split(", "):
            text = phrase.replace(f" {GAP} ", " the ").replace(GAP, "大")
            assert "@" in phrase or name in find_matters(text).names, text
