"""The names that the one served model answers to."""

from dataclasses import dataclass

from server.errors import UnknownModel


@dataclass(frozen=True)
class ModelNames:
    """`own` is the first of the names; the others are those that clients have for the model already."""

    own: str
    aliases: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, aliases: tuple[str, ...]) -> "ModelNames":
        """The model's own name is the last part of `source`, a folder or a Hub id. The id is a name too, a path not."""
        own = source.rstrip("/").rsplit("/", 1)[-1] or source
        others = aliases if source.startswith((".", "/")) else (source, *aliases)
        return cls(own, tuple(dict.fromkeys(name for name in others if name != own)))

    @property
    def all(self) -> tuple[str, ...]:
        return (self.own, *self.aliases)

    def check(self, name: str) -> None:
        """Raises `UnknownModel`. As Ollama has it, a name without a tag is that with `:latest`."""
        if name.removesuffix(":latest") not in {known.removesuffix(":latest") for known in self.all}:
            raise UnknownModel(name)
