"""The passage that supports a sentence."""

from dataclasses import replace

from server.library.asking.support import SupportIndex
from tests.helpers.fake_library import make_passage as passage


def find(texts: list[str], sentence: str, **given: object) -> int | None:
    return SupportIndex([replace(passage(text, place + 1), **given) for place, text in enumerate(texts)]).find(sentence)  # type: ignore[arg-type]


def test_numbers_let_a_paraphrase_count() -> None:
    texts = ["首年租金为每日每平方米5.8元，月租金为人民币47,367元。", "押金为人民币142,101元。"]
    assert find(texts, "第一年每个月的租金为人民币47367元。") == 0
    assert find(texts, "第一年每个月的租金为人民币47637元。") is None


def test_wrong_numbers_in_words_are_wrong() -> None:
    texts = ["租赁期限为三年，自2024年9月1日起。", "The warranty is two years."]
    assert find(texts, "租赁期限为3年。") == 0
    assert find(texts, "租赁期限为五年。") is None
    assert find(texts, "The warranty is three years.") is None


def test_a_code_may_be_in_the_heading_or_in_the_name_of_the_document() -> None:
    texts = ["It boils 1.7 litres and weighs 900 g."]
    sentence = "The K-200 boils 1.7 litres."
    assert find(texts, sentence) is None
    assert find(texts, sentence, heading="Kettles > K-200") == 0
    assert find(texts, sentence, document_name="K-200.pdf") == 0
    assert find(["Manual of the K-200", *texts], sentence) == 1
    assert find(["Manual of the K-200", "The L-7 boils 1.7 litres."], sentence) is None


def test_among_equals_the_one_of_the_whole_sentence_and_then_the_last_is_meant() -> None:
    texts = ["未经甲方书面同意，不得改变用途。", "未经甲方书面同意，不得转租房屋。"]
    index = SupportIndex([passage(text, place + 1) for place, text in enumerate(texts)])
    assert index.find("需要甲方书面同意") == 0
    assert index.find("需要甲方书面同意", whole="不能转租房屋，需要甲方书面同意") == 1
    assert index.find("需要甲方书面同意", last=1) == 1
