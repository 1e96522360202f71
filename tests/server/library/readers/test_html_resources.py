"""What HTML would have a browser fetch."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from server.library.readers.html_resources import count_external_resources, is_external
from server.library.readers.records import Remark
from tests.helpers.reading import list_remarks


@pytest.mark.parametrize(
    "html",
    [
        "<img src=http://x/a.png>",
        "<img src=a.png>",
        "<img srcset='a.png 1x'>",
        "<script src=//x/a.js></script>",
        "<link rel=stylesheet href=a.css>",
        "<link rel='shortcut icon' href=a.ico>",
        "<iframe src=file:///etc/passwd></iframe>",
        "<object data=a.swf></object>",
        "<embed src=a>",
        "<video src=a.mp4></video>",
        "<video poster=a.png></video>",
        "<audio><source src=a.mp3></audio>",
        "<input type=image src=a.png>",
        "<body background=a.png>",
        "<svg><image xlink:href=a.png /></svg>",
        "<style>@import 'a.css'</style>",
        "<style>p { background: url( 'a.png' ) }</style>",
        "<p style='background: url(a.png)'>",
        "<meta http-equiv=refresh content='0; URL=http://x/'>",
    ],
)
def test_what_would_be_fetched_counts(html: str) -> None:
    assert count_external_resources(LexborHTMLParser(html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        "<a href=http://x/>a</a>",
        "<img src='data:image/png;base64,AA=='>",
        "<img src=''>",
        "<img>",
        "<link rel=canonical href=http://x/>",
        "<script>fetch('http://x')</script>",
        "<svg><use href='#a'/></svg>",
        "<meta http-equiv=refresh content=5>",
        "<p style='background: url(#a)'>",
    ],
)
def test_what_would_not_be_does_not(html: str) -> None:
    assert count_external_resources(LexborHTMLParser(html)) == 0


def test_every_picture_of_a_set_counts() -> None:
    html = "<picture><source srcset='a.png 1x, b.png 2x'><img src=c.png></picture>"
    assert count_external_resources(LexborHTMLParser(html)) == 3


def test_it_is_said() -> None:
    data = b"<html><body><img src=a.png><img src=b.png><p>text"
    assert list_remarks(data) == [Remark("external_resources", {"count": 2})]
    assert is_external("HTTP://x")
    assert not is_external(" DATA:x")
