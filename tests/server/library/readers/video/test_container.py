"""What is opened as a clip, and that nothing else is opened with it."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from server.library.readers.protocol import Refused
from server.library.readers.video import container
from server.library.readers.video.container import choose_stream, find_container, open_container
from tests.helpers.clips import av, make_clip, make_sound

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{path}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9999 RTP/AVP 96\na=control:file://{path}\n",
    "dash": '<?xml version="1.0"?><MPD><BaseURL>file://{path}</BaseURL></MPD>',
    "image list": "{path}",
    "url": "[InternetShortcut]\nURL=file://{path}\n",
}


def refusal_of(data: bytes) -> str:
    with pytest.raises(Refused) as caught, open_container(io.BytesIO(data)) as opened:
        choose_stream(opened)
    return caught.value.refusal.code


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mov", "libx264", "yuv420p"),
        ("3gp", "mpeg4", "yuv420p"),
        ("matroska", "libx264", "yuv420p"),
        ("webm", "libvpx", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"),
        ("mpegts", "libx264", "yuv420p"),
        ("mpeg", "mpeg2video", "yuv420p"),
        ("flv", "libx264", "yuv420p"),
        ("ogg", "libvpx", "yuv420p"),
        ("asf", "wmv2", "yuv420p"),
        ("gif", "gif", "rgb8"),
    ],
)
def test_containers_are_known_by_their_content(name: str, codec: str, pixel_format: str) -> None:
    data = make_clip(10, container=name, codec=codec, pixel_format=pixel_format, options={})
    assert find_container(data[:1024]) == {"3gp": "mov", "mp4": "mov", "webm": "matroska"}.get(name, name)
    with open_container(io.BytesIO(data)) as opened:
        assert choose_stream(opened).width == 64


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("prefix", ["", "\ufeff", " \n"])
def test_lists_of_other_files_are_no_clips(kind: str, prefix: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(make_clip(10))
    assert refusal_of((prefix + PLAYLISTS[kind].format(path=secret)).encode()) == "unknown_video"


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_list_under_the_first_bytes_of_a_container_opens_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(make_clip(10))
    opened: list[object] = []
    monkeypatch.setattr(container, "_refuse_io", lambda *given: opened.append(given))
    text = PLAYLISTS[kind].format(path=secret).encode()
    for magic in (b"\0\0\0\x10ftypisom\0\0\0\0", b"\x1a\x45\xdf\xa3", b"OggS", b"FLV\x01", b"G" * 400):
        assert refusal_of(magic + text) in ("broken", "no_video", "no_frames")
    assert opened == []


def test_ffmpeg_is_told_the_container_and_has_no_protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    real, data = av.open, make_clip(5)

    def watch(file: Any, mode: str, name: str, **options: Any) -> Any:
        given.update(options, format=name)
        return real(file, mode, name, **options)

    monkeypatch.setattr(av, "open", watch)
    with open_container(io.BytesIO(data)):
        pass
    assert given["format"] == "mov"
    assert given["container_options"]["protocol_whitelist"] == "none"
    with pytest.raises(io.UnsupportedOperation):
        given["io_open"]("/etc/passwd", 1, {})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"hello", "unknown_video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unknown_video"),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(100), "unknown_video"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "broken"),
    ],
)
def test_other_files_are_refused(data: bytes, code: str) -> None:
    assert refusal_of(data) == code


@pytest.mark.parametrize(("name", "codec"), [("mp4", "aac"), ("matroska", "aac"), ("ogg", "libvorbis")])
def test_sound_alone_is_refused(name: str, codec: str) -> None:
    if name == "ogg":
        codec = "flac"
    assert refusal_of(make_sound(name, codec)) == "no_video"


def test_a_file_whose_index_at_its_end_is_cut_off_is_broken() -> None:
    data = make_clip(30)
    assert refusal_of(data[: data.rindex(b"moov") + 40]) == "broken"


def test_a_codec_that_is_not_decoded_is_named() -> None:
    data = make_clip(3, container="matroska", codec="jpeg2000", options={})
    with pytest.raises(Refused) as caught, open_container(io.BytesIO(data)) as opened:
        choose_stream(opened)
    assert caught.value.refusal.code == "unknown_codec"
    assert "jpeg" in caught.value.refusal.values["codec"]


def test_frames_beyond_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_PIXELS", 64 * 48 - 1)
    assert refusal_of(make_clip(3)) == "video_too_large"


def test_without_pyav_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert refusal_of(make_clip_header()) == "video_not_installed"


def make_clip_header() -> bytes:
    return b"\0\0\0\x18ftypmp42" + bytes(100)


def test_text_that_begins_with_the_sync_byte_is_no_transport_stream() -> None:
    assert find_container(b"G" + b"ello" * 200) is None
