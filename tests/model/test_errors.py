"""The tree that the docstring draws."""

from model import errors
from model.errors import ImageError, ImageTooLarge, InputError, LoadError, ModelError, PromptTooLong, first_line


def test_one_root_holds_all() -> None:
    for kind in (LoadError, InputError, ImageError, ImageTooLarge, PromptTooLong):
        assert issubclass(kind, ModelError)
        assert kind.__name__ in (errors.__doc__ or "")


def test_bad_input_is_a_value_error_and_a_bad_checkpoint_is_not() -> None:
    assert issubclass(PromptTooLong, ValueError)
    assert not issubclass(LoadError, ValueError)


def test_a_long_prompt_carries_both_counts() -> None:
    error = PromptTooLong(9000, 8192)
    assert (error.num_tokens, error.limit) == (9000, 8192)
    assert str(error) == "the prompt has 9000 tokens, the limit is 8192"


def test_of_a_long_message_the_first_line_is_told_and_of_none_the_kind() -> None:
    assert first_line(ValueError("\nit is odd\nand more")) == "it is odd"
    assert first_line(RuntimeError()) == "RuntimeError"
