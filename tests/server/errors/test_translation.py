"""Errors of the model and the store are translated into a status and a text in both languages."""

from pathlib import Path

import pytest

from model.errors import ImageError, ImageTooLarge, InputError, OutOfMemory, ParameterError, PromptTooLong, SchemaError
from server import errors
from server.errors import ServerError, translate_model_error, translate_store_error
from server.store import errors as store_errors


@pytest.mark.parametrize(
    ("error", "kind", "status", "cause"),
    [
        (ImageError("it is torn", "damaged"), errors.BadImage, 400, "it is torn"),
        (ImageTooLarge("it is vast"), errors.ImageTooBig, 413, "it is vast"),
        (PromptTooLong(900, 800), errors.PromptTooBig, 413, "900"),
        (InputError("no such role"), errors.BadBody, 400, "no such role"),
        (SchemaError("keyword", "not"), errors.SchemaRefused, 400, "not"),
        (ParameterError("n", "is over {num_beams}", "超过 {num_beams}"), errors.FieldRefused, 400, "num_beams"),
    ],
)
def test_errors_of_the_model_are_translated(
    error: InputError, kind: type[ServerError], status: int, cause: str
) -> None:
    translated = translate_model_error(error)
    assert type(translated) is kind
    assert translated.status == status
    assert cause in translated.texts["zh"]
    assert cause in translated.texts["en"]


def test_a_count_that_stopped_early_is_called_a_least_one() -> None:
    texts = translate_model_error(PromptTooLong(900, 800, is_least=True)).texts
    assert texts["en"] == "the question with its pictures has at least 900 tokens, the limit is 800"
    assert texts["zh"] == "内容过长：至少 900 个 token，上限 800"


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (store_errors.SessionNotFound("x"), errors.NotStored, 404),
        (store_errors.TurnNotFound("x", None), errors.NotStored, 404),
        (store_errors.PictureNotFound("x"), errors.NotStored, 404),
        (store_errors.EntityNotFound("x"), errors.NotStored, 404),
        (store_errors.NameTooLong(201, 200), errors.FieldRefused, 400),
        (store_errors.NameTaken("x"), errors.FieldRefused, 400),
        (store_errors.BadCursor(), errors.FieldRefused, 400),
        (store_errors.DatabaseUnreachable("x", "y"), errors.StoreUnavailable, 503),
        (store_errors.DatabaseFull("x", "y"), errors.StoreUnavailable, 503),
        (store_errors.FileMissing(Path("x")), errors.StoreUnavailable, 503),
        (store_errors.SearchTimedOut(5.0), errors.SearchTooSlow, 503),
        (store_errors.CollectionNotFound("x"), errors.NotStored, 404),
        (store_errors.QuestionNotFound("x"), errors.NotStored, 404),
        (store_errors.CollectionNameRefused(64), errors.FieldRefused, 400),
        (store_errors.TooManyCollections(3, 3), errors.LibraryTooFull, 413),
        (store_errors.TooManyDocuments(3, 3, "collection"), errors.LibraryTooFull, 413),
    ],
)
def test_errors_of_the_store_are_translated(
    error: store_errors.StoreError, kind: type[ServerError], status: int
) -> None:
    translated = translate_store_error(error)
    assert type(translated) is kind
    assert translated.status == status


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (store_errors.SessionNotFound("x"), "会话不存在"),
        (store_errors.TurnNotFound("x", "t"), "会话中没有这一轮已完成的对话"),
        (store_errors.PictureNotFound("x"), "会话中没有这张图片"),
        (store_errors.RunNotFound("x"), "运行记录不存在"),
        (store_errors.EntityNotFound("x"), "商品图谱中没有这一项"),
        (store_errors.NameTooLong(201, 200), "参数 name 不可用：名称共 201 个字符，上限 200"),
        (store_errors.NameTaken("x"), "参数 name 不可用：已有同名会话"),
        (store_errors.BadCursor(), "参数 cursor 不可用：必须是之前某一页返回的 next_cursor"),
        (store_errors.CollectionNotFound("x"), "集合不存在"),
        (store_errors.QuestionNotFound("x"), "没有这个问题"),
        (
            store_errors.CollectionNameRefused(64),
            "参数 name 不可用：集合名称须为 1 至 64 个字符，只含文字、数字、连字符、下划线和点，且不以点开头",
        ),
        (store_errors.TooManyCollections(3, 2), "已有 3 个集合，上限 2，请先删除"),
        (store_errors.TooManyDocuments(3, 2), "会话已有 3 个文档，上限 2，请先删除"),
        (store_errors.TooManyDocuments(3, 2, "collection"), "集合已有 3 个文档，上限 2，请先删除"),
    ],
)
def test_errors_of_the_store_are_all_chinese_in_chinese(error: store_errors.StoreError, text: str) -> None:
    assert translate_store_error(error).texts["zh"] == text


def test_errors_that_pass_say_when_to_try_again() -> None:
    errors_that_pass = (translate_model_error(OutOfMemory("CUDA")), errors.EngineStopped(), errors.StillLoading())
    for error in errors_that_pass:
        assert error.status == 503
        assert (error.retry_after_s or 0) > 0
        assert "CUDA" not in str(error.texts)


@pytest.mark.parametrize("reason", ImageError.REASONS)
def test_every_error_of_a_picture_has_a_chinese_text(reason: str) -> None:
    assert translate_model_error(ImageError("x", reason)).texts["zh"].startswith("图片处理失败：")


@pytest.mark.parametrize("reason", SchemaError.REASONS)
def test_each_reason_against_a_schema_is_said_in_both_languages(reason: str) -> None:
    texts = translate_model_error(SchemaError(reason, "{x}", "look")).texts
    assert all("look" in text and "{}" not in text for text in texts.values())
    assert all(text.count("{x}") == 1 for text in texts.values())
    assert "the schema of the function" not in texts["zh"]
    bare = translate_model_error(SchemaError(reason))
    assert bare.param == ("messages" if reason == "prefix" else "response_format")
