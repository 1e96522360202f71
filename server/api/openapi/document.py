"""The OpenAPI 3.1 document of the routes, made from what stands beside each handler and from the types it names.

https://spec.openapis.org/oas/v3.1.1
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from server.api.dialects import DIALECTS, dialect_of
from server.api.media_types import JSON
from server.api.openapi.operation import CARD, KEY, Operation
from server.api.pages.assets import WEB

PACKAGE = "server.api."
CARD_FILE = WEB / "schema" / "card.png"
SCHEMAS = "#/components/schemas/"
ABOUT = """Answers to questions about pictures, and dialogues that remember their pictures.

Errors are in Chinese or English, as `Accept-Language` asks."""

Described = tuple[HTTPRouteHandler, str, Operation]
"""With the handler's path."""


def openapi_document(app: Litestar) -> dict[str, Any]:
    """Of all handlers that are described."""
    found = list(_described(app))
    schemas, components = _schemas([operation for _, _, operation in found])
    paths: dict[str, dict[str, Any]] = {}
    for handler, path, operation in found:
        for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(handler, path, operation, schemas, components)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "MiniCPM-V Server",
            "version": version("minicpm-v-server"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "an API key"}},
        },
    }


def _described(app: Litestar) -> Iterator[Described]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if KEY in handler.opt:
                yield handler, route.path_format, handler.opt[KEY]


def _schemas(operations: Sequence[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """References by type, and what they refer to. Types of one name go by their modules too."""
    types = list(dict.fromkeys(kind for operation in operations for kind in operation.types))
    types += dict.fromkeys(dialect.errors.body for dialect in DIALECTS)
    made = msgspec.json.schema_components(types, ref_template=SCHEMAS + "{name}")
    references, components = json.loads(json.dumps(made).replace(SCHEMAS + PACKAGE, SCHEMAS))
    shortened = {name.removeprefix(PACKAGE): schema for name, schema in components.items()}
    return dict(zip(types, references, strict=True)), shortened


def _operation(
    handler: HTTPRouteHandler,
    path: str,
    operation: Operation,
    schemas: Mapping[Any, Any],
    components: Mapping[str, Any],
) -> dict[str, Any]:
    dialect = dialect_of(path)
    told: dict[str, Any] = {
        "operationId": f"{dialect.folder}_{handler.fn.__name__}",
        "summary": operation.summary,
        "tags": [dialect.title],
        "parameters": [*_path_parameters(handler), *_parameters(operation, schemas, components)],
        "responses": {**_answers(handler, operation, schemas), **_failures(path, operation, schemas)},
        "security": [] if operation.is_open else [{"key": []}, {}],
    }
    if operation.body is not None:
        content = {"schema": schemas[operation.body], "example": _example(operation)}
        told["requestBody"] = {"required": True, "content": {JSON: content}}
    return told


def _example(operation: Operation) -> Any:
    card = base64.b64encode(CARD_FILE.read_bytes()).decode()
    return json.loads(json.dumps(operation.example).replace(CARD, card))


def _path_parameters(handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    (path,) = handler.paths
    names = [part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _parameters(operation: Operation, schemas: Mapping[Any, Any], components: Mapping[str, Any]) -> list[Any]:
    """Of the fields of structs, whose docstrings say what they are."""
    given = []
    for place, kind in (("query", operation.query), ("header", operation.headers)):
        if kind is not None:
            schema = components[schemas[kind]["$ref"].removeprefix(SCHEMAS)]
            for name, of_field in schema["properties"].items():
                required = name in schema.get("required", ())
                given.append({"name": name, "in": place, "required": required, "schema": of_field})
    return given


def _answers(handler: HTTPRouteHandler, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    status = HTTPStatus(handler.status_code)
    told: dict[str, Any] = {"description": status.phrase}
    if operation.answers:
        told["content"] = {
            media_type: {"schema": {"anyOf": [schemas[kind] for kind in kinds]}} if kinds else {}
            for media_type, kinds in operation.answers.items()
        }
    return {str(status.value): told}


def _failures(path: str, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    errors = dialect_of(path).errors
    told = {code: {errors.media_type: {"schema": schemas[errors.body]}} for code in operation.statuses}
    told |= {code: {JSON: {"schema": schemas[other]}} for code, other in operation.others.items()}
    return {str(code): {"description": HTTPStatus(code).phrase, "content": told[code]} for code in sorted(told)}
