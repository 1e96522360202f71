"""Where arguments stand in a request."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.tools.declaration import HttpEndpoint
from server.tools.http_request import ArgumentRefused, Location, build_request


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("ftp://shop/orders", "no URL of http"),
        ("/orders", "no URL of http"),
        ("http://", "no URL of http"),
        ("http://me:secret@shop/", "user's name"),
        ("http://shop/#top", "behind #"),
        ("http://{host}/orders", "in the path only"),
        ("http://shop/orders?id={order}", "in the path only"),
        ("http://shop:99999/", "Port"),
        ("http://shop:{port}/", "Port"),
    ],
)
def test_urls_that_are_refused(url: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        Location.parse(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("http://Shop.Example.com./a", "shop.example.com", 80, "shop.example.com"),
        ("https://shop/a", "shop", 443, "shop"),
        ("https://shop:80/a", "shop", 80, "shop:80"),
        ("http://[::1]:9000/a", "::1", 9000, "[::1]:9000"),
    ],
)
def test_a_location_knows_its_host(url: str, host: str, port: int, authority: str) -> None:
    location = Location.parse(url)
    assert (location.host, location.port, location.authority) == (host, port, authority)


def test_a_path_is_quoted_around_its_fields() -> None:
    location = Location.parse("http://shop/订单 list/{order}/{line}")
    assert location.fields == {"order", "line"}
    request = build_request(location, HttpEndpoint("http://shop/"), {"order": "a/b", "line": 2})
    assert request.target == "/%E8%AE%A2%E5%8D%95%20list/a%2Fb/2"


def test_the_query_of_a_url_is_quoted_as_well() -> None:
    location = Location.parse("http://shop/a?x=y z&m=订&p=%20&q=a/b?c")
    assert build_request(location, HttpEndpoint("http://shop/"), {}).target == "/a?x=y%20z&m=%E8%AE%A2&p=%20&q=a/b?c"


def test_a_url_without_a_path_has_the_root() -> None:
    request = build_request(Location.parse("http://shop"), HttpEndpoint("http://shop"), {"q": "a b&c"})
    assert (request.target, request.body) == ("/?q=a+b%26c", None)


def test_half_a_character_is_replaced() -> None:
    location, endpoint = Location.parse("http://shop/{a}"), HttpEndpoint("http://shop/{a}")
    assert build_request(location, endpoint, {"a": "\ud800", "b": "\ud800"}).target == "/%3F?b=%3F"
    post = HttpEndpoint("http://shop/{a}", "POST")
    assert build_request(location, post, {"a": "x", "b": "\ud800"}).body == b'{"b": "?"}'


@given(st.text())
def test_no_text_leaves_its_part_of_a_path_or_of_a_query(text: str) -> None:
    location, endpoint = Location.parse("http://shop/a/{x}/b"), HttpEndpoint("http://shop/a/{x}/b")
    try:
        target = build_request(location, endpoint, {"x": text, "y": text}).target
    except ArgumentRefused:
        return
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    path, _, query = target.partition("?")
    first, part, last = path[1:].split("/")
    assert (first, unquote(part), last) == ("a", text, "b")
    assert part not in (".", "..")
    assert query.count("&") == 0
    assert query.startswith("y=")
