"""XML parts read from beginning to end."""

import io
from collections.abc import Mapping

import pytest

from server.library.readers.protocol import Refused
from server.library.readers.xml_parts import CHUNK_BYTES, get_local_name, list_elements, parse_part


def ignore(_: str, __: Mapping[str, str]) -> None:
    pass


def test_elements_by_local_name() -> None:
    part = io.BytesIO(b'<a xmlns:x="y"><x:b c="1"/><b c="2"/><d/></a>')
    assert [dict(each) for each in list_elements(part, "b")] == [{"c": "1"}, {"c": "2"}]
    assert get_local_name("x:b") == get_local_name("b") == "b"


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/">']
)
def test_document_types_are_refused(doctype: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_part(io.BytesIO(f"{doctype}<a>&b;</a>".encode()), ignore)
    assert caught.value.refusal.code == "external_entities"


@pytest.mark.parametrize("data", [b"", b"<a>", b"<a></b>", b"\xff\xfe<a/>"])
def test_damage_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_part(io.BytesIO(data), ignore)
    assert caught.value.refusal.code == "broken"


def test_text_and_ends_are_given_across_chunks() -> None:
    found: list[str] = []
    part = io.BytesIO(b"<a>" + b"x" * (CHUNK_BYTES + 5) + b"</a>")
    parse_part(part, lambda name, _: found.append(name), lambda name: found.append(f"/{name}"), found.append)
    assert found[0] == "a"
    assert found[-1] == "/a"
    assert sum(len(text) for text in found[1:-1]) == CHUNK_BYTES + 5
