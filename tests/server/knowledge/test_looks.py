"""How things look, by words in either language."""

from server.knowledge.looks import Looks, differ
from server.knowledge.name_tokens import NameTokens

LOOKS = Looks(NameTokens())


def test_words_in_both_languages_are_one_feature() -> None:
    assert LOOKS.find("blue striped shirt") == {"colour:blue", "pattern:striped", "kind:shirt"}
    assert LOOKS.find("a shirt, blue with stripes") == LOOKS.find("蓝色条纹衬衫")


def test_other_words_count_as_they_are() -> None:
    assert LOOKS.find("Harbour shirts") == {"word:harbour", "kind:shirt"}
    assert LOOKS.find("海港衬衫") == {"word:海港", "kind:shirt"}


def test_other_colours_differ_and_missing_ones_do_not() -> None:
    assert differ(LOOKS.find("red shirt"), LOOKS.find("blue shirt"))
    assert not differ(LOOKS.find("red shirt"), LOOKS.find("a shirt"))
    assert not differ(LOOKS.find("navy shirt"), LOOKS.find("a shirt in navy and white"))
