"""The names by which clients may ask for the one model that is served."""

from dataclasses import dataclass

from server.errors import UnknownModel


@dataclass(frozen=True)
class ModelNames:
    """The names of the model: `own` comes first, `aliases` are those that clients already use for it."""

    own: str
    aliases: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, aliases: tuple[str, ...]) -> "ModelNames":
        """Return the names of a model loaded from `source`, a folder or a Hub id.

        Its own name is the last part of `source`. A Hub id is a name as well; a path is not.
        """
        own = source.rstrip("/").rsplit("/", 1)[-1] or source
        others = aliases if source.startswith((".", "/")) else (source, *aliases)
        return cls(own, tuple(dict.fromkeys(name for name in others if name != own)))

    @property
    def all(self) -> tuple[str, ...]:
        return (self.own, *self.aliases)

    def choose(self, name: str | None) -> str:
        """Return the name that a request has, or else the model's own. Raises `UnknownModel`."""
        chosen = self.own if name is None else name
        self.check(chosen)
        return chosen

    def check(self, name: str) -> None:
        """Raise `UnknownModel` for a name that is not among these. As in Ollama, no tag means `:latest`."""
        if name.removesuffix(":latest") not in {known.removesuffix(":latest") for known in self.all}:
            raise UnknownModel(name)
