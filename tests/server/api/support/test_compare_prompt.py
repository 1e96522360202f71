"""The message that asks about several numbered pictures."""

from server.api.support.compare_prompt import NamedPicture, write_compare_message, write_label
from server.turn.pictures import PictureSource
from server.turn.turn import Label


def test_a_label_has_the_number_and_the_name_if_there_is_one() -> None:
    assert write_label(1, "zh") == "图片1："
    assert write_label(2, "zh", "正面") == "图片2（正面）："
    assert write_label(3, "en") == "Picture 3:"
    assert write_label(4, "en", "front") == "Picture 4 (front):"


def test_all_text_but_the_question_is_labels() -> None:
    message = write_compare_message(
        [NamedPicture(PictureSource(b"a"), "front"), NamedPicture(PictureSource(b"b"))], "Which?", "en"
    )
    texts = [part for part in message.parts if isinstance(part, str)]
    assert [text for text in texts if not isinstance(text, Label)] == ["Which?"]
