from server.api.support.compare_prompt import Compared, comparing, label
from server.turn.turn import Label, PictureSource


def test_a_label_has_the_number_and_perhaps_a_name() -> None:
    assert label(1, "zh") == "图片1："
    assert label(2, "zh", "正面") == "图片2（正面）："
    assert label(3, "en") == "Picture 3:"
    assert label(4, "en", "front") == "Picture 4 (front):"


def test_all_but_the_question_is_labels() -> None:
    message = comparing([Compared(PictureSource(b"a"), "front"), Compared(PictureSource(b"b"))], "Which?", "en")
    texts = [part for part in message.parts if isinstance(part, str)]
    assert [text for text in texts if not isinstance(text, Label)] == ["Which?"]
