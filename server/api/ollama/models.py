"""The routes about the model: `/api/tags`, `/api/show`, `/api/ps`, `/api/pull` and `/api/version`.

Reference: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

import hashlib

import msgspec
from litestar import Response, get, post
from litestar.datastructures import State

from model.chat import ModelInfo
from server.api.embedding import list_embedding_names
from server.api.error_response import AnyRequest
from server.api.media_types import JSON, NDJSON
from server.api.model_names import ModelNames
from server.api.ollama.model_file import PARAMETERS, TEMPLATE, find_licence, write_model_file
from server.api.ollama.request import PullRequest, ShowRequest
from server.api.ollama.response import LoadedModels, ModelDetails, NamedModel, PullStatus, ShownModel, Tags, Version
from server.api.openapi.operation import describe
from server.api.transport import read_body
from server.engine.async_engine import AsyncEngine

API_VERSION = "0.12.0"
"""The version of Ollama's API that this server follows; clients compare it with what they need."""

FOREVER = "9999-12-31T23:59:59Z"
LOADED_AT = "1970-01-01T00:00:00Z"
"""Sent because the field is required: a checkpoint has no time of its own."""

ONNX: ModelDetails = {
    "parent_model": "",
    "format": "onnx",
    "family": "bert",
    "families": ["bert"],
    "parameter_size": "",
    "quantization_level": "",
}
"""What is said of an embedding model: its file tells no more."""


@get("/api/version", opt=describe("Show the version of the API", answers={JSON: (Version,)}))
async def show_version() -> Version:
    return {"version": API_VERSION}


@get("/api/tags", opt=describe("List the names of the model", answers={JSON: (Tags,)}))
async def list_models(state: State) -> Tags:
    return {"models": [{**entry, "modified_at": LOADED_AT} for entry in _list_entries(state)]}


@get("/api/ps", opt=describe("List the loaded models", answers={JSON: (LoadedModels,)}))
async def list_loaded_models(state: State) -> LoadedModels:
    """Return the one model under each of its names: it is always loaded."""
    engine: AsyncEngine = state.engine
    info = engine.info
    size_vram = info.weight_bytes if info.device.startswith("cuda") else 0
    return {
        "models": [
            {**entry, "expires_at": FOREVER, "size_vram": size_vram, "context_length": info.max_model_len}
            for entry in _list_entries(state)
        ]
    }


@post(
    "/api/show",
    status_code=200,
    opt=describe(
        "Show the model",
        body=ShowRequest,
        answers={JSON: (ShownModel,)},
        errors=(404,),
        example={"model": "minicpm-v"},
    ),
)
async def show_model(request: AnyRequest, state: State) -> ShownModel:
    body = await read_body(request, ShowRequest)
    name = body.model or body.name or ""
    if (entry := _find_embedding_entry(state, name)) is not None:
        return _show_embedding_model(entry)
    names: ModelNames = state.names
    names.check(name)
    engine: AsyncEngine = state.engine
    info = engine.info
    licence = find_licence(info)
    return {
        "license": licence,
        "modelfile": write_model_file(names.own, licence),
        "parameters": PARAMETERS,
        "template": TEMPLATE,
        "details": _write_details(info),
        "model_info": {
            "general.architecture": "minicpmv",
            "general.parameter_count": info.num_parameters,
            "minicpmv.context_length": info.max_model_len,
        },
        "capabilities": ["completion", "vision", "tools"],
        "modified_at": LOADED_AT,
    }


@post(
    "/api/pull",
    status_code=200,
    opt=describe(
        "Pull the model, which is there already",
        body=PullRequest,
        answers={JSON: (PullStatus,), NDJSON: (PullStatus,)},
        errors=(404,),
        example={"model": "minicpm-v"},
    ),
)
async def pull_model(request: AnyRequest, state: State) -> Response[bytes]:
    """Succeed at once for the model's own names. Raises `UnknownModel` for any other."""
    body = await read_body(request, PullRequest)
    names: ModelNames = state.names
    name = body.model or body.name or ""
    if _find_embedding_entry(state, name) is None:
        names.check(name)
    status = msgspec.json.encode({"status": "success"})
    if body.stream is False:
        return Response(status, media_type=JSON)
    return Response(status + b"\n", media_type=NDJSON)


def _list_entries(state: State) -> list[NamedModel]:
    names: ModelNames = state.names
    engine: AsyncEngine = state.engine
    info = engine.info
    digest = hashlib.sha256(repr(info).encode()).hexdigest()
    entries: list[NamedModel] = [
        {"name": name, "model": name, "size": info.weight_bytes, "digest": digest, "details": _write_details(info)}
        for name in map(_tag, names.all)
    ]
    return entries + _list_embedding_entries(state)


def _list_embedding_entries(state: State) -> list[NamedModel]:
    """Return the embedding model under each of its names; nothing where there is none."""
    names = [_tag(name) for name in list_embedding_names(state)]
    if not names:
        return []
    embedder = state.embeddings.require()
    return [
        {"name": name, "model": name, "size": embedder.num_bytes, "digest": embedder.name, "details": ONNX}
        for name in names
    ]


def _find_embedding_entry(state: State, name: str) -> NamedModel | None:
    return next((entry for entry in _list_embedding_entries(state) if entry["name"] == _tag(name)), None)


def _show_embedding_model(entry: NamedModel) -> ShownModel:
    return {
        "license": "",
        "modelfile": f"FROM {entry['name']}\n",
        "parameters": "",
        "template": "",
        "details": entry["details"],
        "model_info": {"general.architecture": "onnx"},
        "capabilities": ["embedding"],
        "modified_at": LOADED_AT,
    }


def _tag(name: str) -> str:
    """Return a name with a tag: no tag means `:latest`."""
    return name if ":" in name else f"{name}:latest"


def _write_details(info: ModelInfo) -> ModelDetails:
    return {
        "parent_model": "",
        "format": "safetensors",
        "family": "minicpmv",
        "families": ["minicpmv"],
        "parameter_size": _format_size(info.num_parameters),
        "quantization_level": info.dtype if info.quantization == "none" else info.quantization,
    }


def _format_size(num_parameters: int) -> str:
    return f"{num_parameters / 1e9:.1f}B" if num_parameters >= 1e9 else f"{num_parameters / 1e6:.1f}M"
