"""What a trace tells of the passages in a prompt."""

from server.library.asking.choosing import SHOWN_CHARACTERS, describe_passages
from server.library.ranking import Hit
from tests.helpers.fake_library import make_passage


def test_a_passage_is_told_with_its_scores_and_how_it_begins() -> None:
    passage = make_passage("x" * (SHOWN_CHARACTERS + 1), 3)
    (told,) = describe_passages([passage], {3: Hit(passage, 0.5, 7.5, 0.25, 1, 2)})
    assert (told["number"], told["page"], told["passage"], told["name"]) == (1, 3, 3, "d.pdf")
    assert (told["score"], told["word_score"], told["meaning_score"]) == (0.5, 7.5, 0.25)
    assert told["text"] == "x" * SHOWN_CHARACTERS + "…"


def test_a_passage_that_was_not_searched_for_has_no_scores() -> None:
    (told,) = describe_passages([make_passage("short")], {})
    assert (told["text"], told["score"], told["word_score"], told["meaning_score"]) == ("short", None, None, None)
