"""The dialogue of a turn as the knowledge base is asked about it."""

from typing import Any

from server.pipeline.dialogue_texts import MAX_PICTURES, DialogueTexts, choose_pictures
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Label, Turn, TurnMessage

NOTHING: Any = None


def picture(name: bytes = b"x", time_s: float | None = None) -> PlannedPicture:
    return PlannedPicture(PictureSource(name, None, time_s), NOTHING, NOTHING, NOTHING, NOTHING)


SHIRT, HAT = picture(b"shirt"), picture(b"hat")


def make_dialogue(*messages: TurnMessage) -> DialogueTexts:
    return DialogueTexts.of(Turn(messages))


def test_names_of_earlier_pictures_stand_where_the_pictures_are() -> None:
    dialogue = make_dialogue(
        TurnMessage("system", ("be kind",)),
        TurnMessage("user", (SHIRT, "How much?")),
        TurnMessage("assistant", ("299 yuan.",)),
        TurnMessage("user", (Label("label"), "And its material?")),
        TurnMessage("assistant", ("It is",)),
    )
    assert [(each.place, each.pictures) for each in dialogue.find_pictured()] == [(1, (SHIRT,))]
    asked = dialogue.write_asked([(1, "a shirt")])
    assert (asked.question, asked.pictured) == ("And its material?", ())
    assert asked.earlier == ("a shirt", "How much?", "299 yuan.")
    assert asked.questions == ("How much?",)
    assert dialogue.list_since(1) == ["How much?", "299 yuan."]


def test_pictures_of_the_question_are_what_it_shows() -> None:
    dialogue = make_dialogue(TurnMessage("user", (SHIRT, HAT, "Which is cheaper?")))
    assert dialogue.find_pictured()[0].pictures == (SHIRT, HAT)
    assert dialogue.write_asked([(0, "a shirt"), (0, "a hat")]).pictured == ("a shirt", "a hat")


def test_with_one_picture_the_one_before_is_there_for_comparisons() -> None:
    messages = [TurnMessage("user", (each, "?")) for each in (picture(), SHIRT, HAT)]
    dialogue = make_dialogue(*messages, TurnMessage("user", ("Which is cheaper?",)))
    assert [each.place for each in dialogue.find_pictured()] == [1, 2]


def test_of_clips_the_middle_frame_is_looked_at_and_of_many_pictures_the_last() -> None:
    frames = tuple(picture(bytes([number]), number) for number in range(5))
    assert choose_pictures(TurnMessage("user", frames)) == (frames[2],)
    many = tuple(picture(bytes([number])) for number in range(9))
    assert choose_pictures(TurnMessage("user", many)) == many[-MAX_PICTURES:]
