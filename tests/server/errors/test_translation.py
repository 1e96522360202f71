"""What the model and the store refuse has a status and a text in both languages."""

import pytest

from model.errors import ImageError, ImageTooLarge, InputError, OutOfMemory, PromptTooLong, SchemaError
from server import errors
from server.errors import ServerError, from_model, from_store
from server.store import errors as store_errors


@pytest.mark.parametrize(
    ("error", "kind", "status", "cause"),
    [
        (ImageError("it is torn", "damaged"), errors.BadImage, 400, "it is torn"),
        (ImageTooLarge("it is vast"), errors.ImageTooBig, 413, "it is vast"),
        (PromptTooLong(900, 800), errors.PromptTooBig, 413, "900"),
        (InputError("no such role"), errors.BadBody, 400, "no such role"),
        (SchemaError("it is odd"), errors.SchemaRefused, 400, "it is odd"),
    ],
)
def test_what_the_model_refuses(error: InputError, kind: type[ServerError], status: int, cause: str) -> None:
    translated = from_model(error)
    assert type(translated) is kind
    assert translated.status == status
    assert cause in translated.texts["zh"]
    assert cause in translated.texts["en"]


def test_a_count_that_stopped_early_says_so() -> None:
    texts = from_model(PromptTooLong(900, 800, is_least=True)).texts
    assert texts["en"] == "the question with its pictures has at least 900 tokens, the limit is 800"
    assert texts["zh"] == "内容过长: 至少 900 个 token，上限 800"


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (store_errors.SessionNotFound("x"), errors.NotStored, 404),
        (store_errors.TurnNotFound("x", None), errors.NotStored, 404),
        (store_errors.PictureNotFound("x"), errors.NotStored, 404),
        (store_errors.NameTooLong(201, 200), errors.FieldRefused, 400),
        (store_errors.NameTaken("x"), errors.FieldRefused, 400),
        (store_errors.BadCursor(), errors.FieldRefused, 400),
        (store_errors.DatabaseUnreachable("x", "y"), errors.StoreUnavailable, 503),
    ],
)
def test_what_the_store_refuses(error: store_errors.StoreError, kind: type[ServerError], status: int) -> None:
    translated = from_store(error)
    assert type(translated) is kind
    assert translated.status == status


def test_what_a_client_may_try_again_says_when() -> None:
    errors_that_pass = (from_model(OutOfMemory("CUDA")), errors.EngineStopped(), errors.StillLoading())
    for error in errors_that_pass:
        assert error.status == 503
        assert (error.retry_after_s or 0) > 0
        assert "CUDA" not in str(error.texts)


@pytest.mark.parametrize("reason", ImageError.REASONS)
def test_every_fault_of_a_picture_is_said_in_chinese(reason: str) -> None:
    assert from_model(ImageError("x", reason)).texts["zh"].startswith("图片处理失败: ")
