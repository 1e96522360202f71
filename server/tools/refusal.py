"""How a Python function of the operator's says that it changed nothing."""


class ToolRefused(Exception):
    """Raised by an entry point that did not do what it was asked; the text is told to the model."""
