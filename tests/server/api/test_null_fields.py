"""Every optional field of every body may be null: clients in many languages send what is not set so."""

from collections.abc import Iterator

from msgspec import Struct, inspect

from server.api.dialects import DIALECTS
from server.api.openapi.operation import KEY


def find_bodies() -> dict[type[Struct], str]:
    """Return the struct of each body, and of each part of one, with a path to it."""
    found: dict[type[Struct], str] = {}
    for dialect in DIALECTS:
        for handler in dialect.load_routes():
            operation = handler.opt.get(KEY)
            if operation is not None and operation.body is not None:
                for struct in walk(inspect.type_info(operation.body)):
                    found.setdefault(struct.cls, f"{dialect.folder}: {operation.body.__name__}")
    return found


def walk(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """Yield a struct and those in it."""
    if isinstance(kind, inspect.StructType):
        yield kind
        for field in kind.fields:
            yield from walk(field.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from walk(each)
    elif isinstance(kind, inspect.CollectionType):
        yield from walk(kind.item_type)
    elif isinstance(kind, inspect.DictType):
        yield from walk(kind.value_type)


def may_be_null(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return any(map(may_be_null, kind.types))
    return isinstance(kind, inspect.NoneType | inspect.AnyType)


def test_every_optional_field_may_be_null() -> None:
    bodies = find_bodies()
    assert len(bodies) > 20
    strict = [
        f"{path}: {cls.__name__}.{field.name}"
        for cls, path in bodies.items()
        for struct in [inspect.type_info(cls)]
        if isinstance(struct, inspect.StructType)
        for field in struct.fields
        if not field.required and not may_be_null(field.type)
    ]
    assert strict == []
