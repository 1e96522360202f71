from server.support.comparison import label


def test_a_label_has_the_number_and_perhaps_a_name() -> None:
    assert label(1, "zh") == "图片1："
    assert label(2, "zh", "正面") == "图片2（正面）："
    assert label(3, "en") == "Picture 3:"
    assert label(4, "en", "front") == "Picture 4 (front):"
