"""What Ollama's clients ask about the model: `/api/tags`, `/api/show`, `/api/ps` and `/api/version`."""

import hashlib
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import State

from model.chat import ModelInfo
from server.api.media_types import JSON
from server.api.model_names import ModelNames
from server.api.ollama.request import ShowRequest
from server.api.ollama.response import LoadedModels, ModelDetails, NamedModel, ShownModel, Tags, Version
from server.api.openapi.operation import described
from server.api.transport import read_body
from server.engine.async_engine import AsyncEngine

API_VERSION = "0.12.0"
"""Of Ollama's interface as this server speaks it: clients compare it with what they need."""
FOREVER = "9999-12-31T23:59:59Z"
LOADED_AT = "1970-01-01T00:00:00Z"
"""A checkpoint has no time of its own."""


@get("/api/version", opt=described("Say which version of the interface this is", answers={JSON: (Version,)}))
async def show_version() -> Version:
    return {"version": API_VERSION}


@get("/api/tags", opt=described("List the names of the model", answers={JSON: (Tags,)}))
async def list_models(state: State) -> Tags:
    return {"models": [{**entry, "modified_at": LOADED_AT} for entry in _entries(state)]}


@get("/api/ps", opt=described("List what is loaded", answers={JSON: (LoadedModels,)}))
async def list_loaded_models(state: State) -> LoadedModels:
    """The one model is always loaded, under all its names."""
    model: AsyncEngine = state.model
    info = model.info
    size_vram = info.weight_bytes if info.device.startswith("cuda") else 0
    return {
        "models": [
            {**entry, "expires_at": FOREVER, "size_vram": size_vram, "context_length": info.max_model_len}
            for entry in _entries(state)
        ]
    }


@post(
    "/api/show",
    status_code=200,
    opt=described(
        "Show the model",
        body=ShowRequest,
        answers={JSON: (ShownModel,)},
        refuses=(404,),
        example={"model": "minicpm-v"},
    ),
)
async def show_model(request: Request[Any, Any, State], state: State) -> ShownModel:
    body = await read_body(request, ShowRequest)
    names: ModelNames = state.names
    names.check(body.model or body.name or "")
    model: AsyncEngine = state.model
    info = model.info
    return {
        "modelfile": f"FROM {names.own}\n",
        "parameters": "temperature 0.7\ntop_p 0.8\ntop_k 100\nrepeat_penalty 1.05",
        "template": "",
        "details": _details(info),
        "model_info": {"general.architecture": "minicpmv", "minicpmv.context_length": info.max_model_len},
        "capabilities": ["completion", "vision", "tools"],
        "modified_at": LOADED_AT,
    }


def _entries(state: State) -> list[NamedModel]:
    names: ModelNames = state.names
    model: AsyncEngine = state.model
    info = model.info
    digest = hashlib.sha256(repr(info).encode()).hexdigest()
    return [
        {"name": name, "model": name, "size": info.weight_bytes, "digest": digest, "details": _details(info)}
        for name in (name if ":" in name else f"{name}:latest" for name in names.all)
    ]


def _details(info: ModelInfo) -> ModelDetails:
    return {
        "parent_model": "",
        "format": "safetensors",
        "family": "minicpmv",
        "families": ["minicpmv"],
        "parameter_size": _size(info.num_parameters),
        "quantization_level": info.dtype if info.quantization == "none" else info.quantization,
    }


def _size(num_parameters: int) -> str:
    return f"{num_parameters / 1e9:.1f}B" if num_parameters >= 1e9 else f"{num_parameters / 1e6:.1f}M"
