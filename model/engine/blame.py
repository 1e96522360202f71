"""Faults that belong to one request: they end its group, and the rest of the step goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from model.engine.sequence import Group


@contextmanager
def blame(group: Group, *of_the_device: type[BaseException]) -> Iterator[None]:
    """Note what goes wrong in this block as the error of a group, unless it is the device's, or ends the program.

    Extensions in Rust panic with an exception that is no `Exception`, so that is a fault like any other.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, *of_the_device)):
            raise
        group.error = error
