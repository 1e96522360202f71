"""Questions made to stand alone."""

import pytest

from server.knowledge.found import Asked, Mention
from server.knowledge.standalone import choose_subjects, is_asked, make_standalone
from server.store.knowledge_records import EntityKind


def mention(name: str, origin: str = "question", kind: EntityKind = "product", text: str | None = None) -> Mention:
    return Mention(1, name.upper(), kind, name, text or name, origin)


def test_what_the_dialogue_is_about_is_put_in() -> None:
    asked = Asked("是什么材质的？适合夏天穿吗？", ("多少钱？", "蓝色条纹衬衫 299 元。"))
    made = make_standalone(asked, [mention("蓝色条纹衬衫", "dialogue")])
    assert made.query == "蓝色条纹衬衫 是什么材质的？适合夏天穿吗？"
    assert made.rest == "是什么材质的？适合夏天穿吗？"


def test_what_a_picture_shows_is_put_in() -> None:
    made = make_standalone(
        Asked("How do I wash this?", (), ("a striped blue shirt",)), [mention("blue shirt", "picture")]
    )
    assert made.query == "blue shirt How do I wash this?"


def test_a_name_that_the_question_has_is_not_put_in_again() -> None:
    made = make_standalone(Asked("How do I wash the Blue Shirt?"), [mention("blue shirt", text="Blue Shirt")])
    assert made.query == "How do I wash the Blue Shirt?"
    assert made.rest == "How do I wash the  ?"


def test_a_new_subject_drops_the_old_one() -> None:
    old, new = mention("blue shirt", "dialogue"), mention("red hat")
    assert choose_subjects([new, old]) == (new,)


def test_a_category_keeps_what_was_spoken_of_where_that_is_one_of_it() -> None:
    shirt, hat = mention("blue shirt", "dialogue"), mention("red hat", "dialogue")
    category = mention("shirts", kind="category", text="shirt")
    assert choose_subjects([category, shirt, hat]) == (category, shirt)


def test_a_fault_is_one_of_what_was_spoken_of() -> None:
    fault, iron = mention("E42", kind="fault"), mention("iron", "dialogue")
    assert choose_subjects([fault, iron]) == (fault, iron)


def test_a_question_without_a_subject_leads_on_from_the_one_before() -> None:
    made = make_standalone(Asked("And to Tibet?", ("How much is shipping?", "8 yuan.")), [])
    assert made.query == "How much is shipping?\nAnd to Tibet?"
    known = Asked("And to Tibet?", ("a picture", "How much is shipping?", "8 yuan."), (), ("How much is shipping?",))
    assert make_standalone(known, []).query == made.query


@pytest.mark.parametrize(
    ("text", "is_it"),
    [("你好！", False), ("thanks", False), ("？！", False), ("", False), ("多少钱", True), ("E42?", True)],
)
def test_small_talk_asks_nothing(text: str, is_it: bool) -> None:
    assert is_asked(text) is is_it
