"""The OpenAPI 3.1 document of all routes, made from the `describe(...)` beside each handler and the types in it.

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

from server.api.dialects import DIALECTS, find_dialect
from server.api.media_types import JSON, MULTIPART
from server.api.openapi.operation import CARD, KEY, Operation
from server.api.pages.assets import WEB

PACKAGE = "server.api."
CARD_FILE = WEB / "schema" / "card.png"
SCHEMAS = "#/components/schemas/"
ABOUT = """Answers questions about pictures, and remembers dialogues with their pictures.

Errors are in Chinese or English, as `Accept-Language` asks."""

DescribedHandler = tuple[HTTPRouteHandler, str, Operation]
"""A handler, its path and its description."""


def build_document(app: Litestar) -> dict[str, Any]:
    """Return the document of all handlers that have a description."""
    found = list(_find_handlers(app))
    schemas, components = _build_schemas([operation for _, _, operation in found])
    paths: dict[str, dict[str, Any]] = {}
    for handler, path, operation in found:
        for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _build_operation(handler, path, operation, schemas, components)
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


def _find_handlers(app: Litestar) -> Iterator[DescribedHandler]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if KEY in handler.opt:
                yield handler, route.path_format, handler.opt[KEY]


def _build_schemas(operations: Sequence[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Return a reference for each type, and the components that they refer to.

    msgspec names a component after its type, and puts the module before a name that two types share.
    """
    types = list(dict.fromkeys(kind for operation in operations for kind in operation.types))
    types += dict.fromkeys(dialect.errors.body for dialect in DIALECTS)
    built = msgspec.json.schema_components(types, ref_template=SCHEMAS + "{name}")
    references, components = json.loads(json.dumps(built).replace(SCHEMAS + PACKAGE, SCHEMAS))
    shortened = {name.removeprefix(PACKAGE): schema for name, schema in components.items()}
    return dict(zip(types, references, strict=True)), shortened


def _build_operation(
    handler: HTTPRouteHandler,
    path: str,
    operation: Operation,
    schemas: Mapping[Any, Any],
    components: Mapping[str, Any],
) -> dict[str, Any]:
    dialect = find_dialect(path)
    written: dict[str, Any] = {
        "operationId": f"{dialect.folder}_{handler.fn.__name__}",
        "summary": operation.summary,
        "tags": [dialect.title],
        "parameters": [*_list_path_parameters(handler), *_list_parameters(operation, schemas, components)],
        "responses": {**_build_answer(handler, operation, schemas), **_build_errors(path, operation, schemas)},
        "security": [] if operation.is_open else [{"key": []}, {}],
    }
    if operation.body is not None:
        content = {JSON: {"schema": schemas[operation.body], "example": _build_example(operation)}}
        content |= {} if operation.form is None else {MULTIPART: {"schema": schemas[operation.form]}}
        written["requestBody"] = {"required": True, "content": content}
    return written


def _build_example(operation: Operation) -> Any:
    card = base64.b64encode(CARD_FILE.read_bytes()).decode()
    return json.loads(json.dumps(operation.example).replace(CARD, card))


def _list_path_parameters(handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    (path,) = handler.paths
    names = [part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _list_parameters(operation: Operation, schemas: Mapping[Any, Any], components: Mapping[str, Any]) -> list[Any]:
    """Return a parameter for each field of the structs of the query and of the headers."""
    parameters = []
    for place, kind in (("query", operation.query), ("header", operation.headers)):
        if kind is not None:
            schema = components[schemas[kind]["$ref"].removeprefix(SCHEMAS)]
            for name, field_schema in schema["properties"].items():
                required = name in schema.get("required", ())
                parameters.append({"name": name, "in": place, "required": required, "schema": field_schema})
    return parameters


def _build_answer(handler: HTTPRouteHandler, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    status = HTTPStatus(handler.status_code)
    answer: dict[str, Any] = {"description": status.phrase}
    if operation.answers:
        answer["content"] = {
            media_type: {"schema": {"anyOf": [schemas[kind] for kind in kinds]}} if kinds else {}
            for media_type, kinds in operation.answers.items()
        }
    return {str(status.value): answer}


def _build_errors(path: str, operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    errors = find_dialect(path).errors
    content = {code: {errors.media_type: {"schema": schemas[errors.body]}} for code in operation.error_statuses}
    content |= {code: {JSON: {"schema": schemas[other]}} for code, other in operation.others.items()}
    return {str(code): {"description": HTTPStatus(code).phrase, "content": content[code]} for code in sorted(content)}
