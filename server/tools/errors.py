"""The errors of the file of business tools, and of what it names."""

from pathlib import Path


class ToolsError(ValueError):
    """The file of tools cannot be used; the text names the file, the line and the cause, and never a secret."""

    def __init__(self, file: Path, line: int, cause: str) -> None:
        super().__init__(f"{file}, line {line}: {cause}")


class DeclarationRefused(ValueError):
    """A tool cannot be used as it is declared. `path` is the field that is wrong, such as `http.url`."""

    def __init__(self, path: str, cause: str) -> None:
        super().__init__(f"{path}: {cause}")
        self.path = path
