"""The tree that the docstring draws, and the texts that clients count on."""

from model.errors import ImageError
from server import errors
from server.errors import ServerError, translate_model_error
from server.errors.base import MAX_REPEATED, shorten


def test_the_texts_that_clients_of_the_support_routes_rely_on() -> None:
    assert errors.EmptyQuestion().texts["zh"] == "问题不能为空"
    assert errors.MissingFields("question").texts["zh"] == "参数不完整"
    assert translate_model_error(ImageError("x", "empty")).texts["zh"] == "图片处理失败：内容为空（x）"


def test_the_docstring_draws_the_whole_tree() -> None:
    def tree(kind: type[ServerError]) -> set[type[ServerError]]:
        return {kind}.union(*(tree(child) for child in kind.__subclasses__()))

    for kind in tree(ServerError):
        assert kind.__name__ in (errors.__doc__ or "")


def test_what_a_client_sent_is_repeated_in_part_only() -> None:
    assert shorten("x" * MAX_REPEATED) == "x" * MAX_REPEATED
    long = "x" * 100_000
    for error in (errors.UnknownModel(long), errors.FieldRefused(long, "no", "不"), errors.BodyEncodingRefused(long)):
        assert all(len(text) < 2 * MAX_REPEATED for text in error.texts.values())
        assert len(error.param or "") < 2 * MAX_REPEATED
