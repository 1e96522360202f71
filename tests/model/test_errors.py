"""The tree that the docstring draws."""

from model import errors
from model.errors import ImageError, ImageTooLarge, InputError, LoadError, ModelError, PromptTooLong, first_line


def test_every_error_is_a_model_error_and_in_the_docstring() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert {LoadError, InputError, ImageError, ImageTooLarge, PromptTooLong} < set(kinds)
    for kind in kinds:
        assert issubclass(kind, ModelError)
        assert kind.__name__ in (errors.__doc__ or "")


def test_an_input_error_is_a_value_error_and_a_load_error_is_not() -> None:
    assert issubclass(PromptTooLong, ValueError)
    assert not issubclass(LoadError, ValueError)


def test_prompt_too_long_carries_both_counts() -> None:
    error = PromptTooLong(9000, 8192)
    assert (error.num_tokens, error.limit) == (9000, 8192)
    assert str(error) == "the prompt has 9000 tokens, the limit is 8192"


def test_first_line_of_an_empty_message_is_the_type() -> None:
    assert first_line(ValueError("\nit is odd\nand more")) == "it is odd"
    assert first_line(RuntimeError()) == "RuntimeError"
