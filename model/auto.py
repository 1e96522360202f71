"""Makes transformers' Auto classes load this architecture with our classes, whatever a checkpoint's `auto_map` names.

transformers takes seconds to import, with torch, and much of this package needs neither. So `import model` registers at
once only where transformers is imported already, and otherwise as soon as it is.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TRANSFORMERS = "transformers"


def register() -> None:
    """Register the classes. Doing so twice is allowed. Imports torch."""
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer, Qwen2Tokenizer

    from model.config import MiniCPMVConfig
    from model.minicpmv import MiniCPMV

    AutoConfig.register(MiniCPMVConfig.model_type, MiniCPMVConfig, exist_ok=True)
    AutoModel.register(MiniCPMVConfig, MiniCPMV, exist_ok=True)
    AutoModelForCausalLM.register(MiniCPMVConfig, MiniCPMV, exist_ok=True)
    AutoTokenizer.register(MiniCPMVConfig, Qwen2Tokenizer, exist_ok=True)


def register_with_transformers() -> None:
    """Register now where transformers is imported, else right after it is."""
    if TRANSFORMERS in sys.modules:
        register()
    else:
        sys.meta_path.insert(0, _RegisteringFinder())


class _RegisteringFinder(MetaPathFinder):
    """Finds transformers as Python does, and registers when it has been imported, not when it is only looked for."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != TRANSFORMERS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None and not _is_importing_parts():
            spec.loader = _RegisteringLoader(spec.loader)
        return spec


class _RegisteringLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader  # for all that asks transformers for its files
        self._loader.exec_module(module)
        register()


def _is_importing_parts() -> bool:
    """Return whether a module of this package imports transformers: `model.minicpmv` registers when it is complete."""
    package = f"{__package__}."
    specs = [module.__spec__ for name, module in sys.modules.items() if name.startswith(package)]
    return any(getattr(spec, "_initializing", False) for spec in specs)
