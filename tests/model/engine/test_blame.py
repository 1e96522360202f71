"""A fault is noted with the group that it belongs to."""

import pytest

from model.engine.blame import blame
from tests.helpers.engine_requests import make_group


def fail(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [ZeroDivisionError(), BaseException("a panic"), MemoryError()])
def test_a_fault_is_that_of_its_group(error: BaseException) -> None:
    group, other = make_group([1]), make_group([2])
    with blame(group, ArithmeticError if isinstance(error, MemoryError) else OSError):
        fail(error)
    with blame(other):
        pass
    assert (group.error, other.error) == (error, None)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), ZeroDivisionError()])
def test_what_ends_the_program_or_is_the_devices_goes_on(error: BaseException) -> None:
    group = make_group([1])
    with pytest.raises(type(error)), blame(group, ArithmeticError):
        raise error
    assert group.error is None
