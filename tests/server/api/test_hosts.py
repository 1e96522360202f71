"""Which hosts are the server's own, and which origins are those of its pages."""

import pytest

from server.api.hosts import Authority, OwnHosts, is_same_origin, parse_authority
from server.settings.settings import Settings


def has(authority: str, /, **given: object) -> bool:
    found = parse_authority(authority)
    return found is not None and OwnHosts.of(Settings(**given)).has(found.host)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LocalHost:80",
            "localhost.",
            "chat.localhost:8000",
            "a.b.localhost",
            "127.0.0.1",
            "127.0.0.1:1",
        ),
        *("127.255.255.254:8000", "[::1]", "[::1]:8000", "[0:0:0:0:0:0:0:1]:80", "[::ffff:127.0.0.1]", "localhost:"),
    ],
)
def test_the_own_machine_has_many_names(host: str) -> None:
    assert has(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "evil.test:8000", "localhost.evil.test", "127.0.0.1.evil.test", "evillocalhost", "192.168.0.7"),
        *("128.0.0.1", "0.0.0.0", "[::]", "[::2]", "[fe80::1]", "169.254.169.254", "", ":8000", "localhost:80:80"),
        *("localhost,evil.test", "evil.test@localhost", "localhost/", "localhost:8000x", "loc alhost", "[localhost]"),
        *("::1", "[127.0.0.1", "0x7f.1", "2130706433", "017700000001", "localhost\u3002", "localhost:８０"),
    ],
)
def test_all_others_are_foreign(host: str) -> None:
    assert not has(host)


@pytest.mark.parametrize("host", ["chat.example.com", "CHAT.example.com:8443", "a.example.org", "a.b.example.org."])
def test_the_settings_name_more(host: str) -> None:
    assert not has(host)
    assert has(host, allowed_hosts="Chat.Example.com, *.example.org")
    assert has("localhost", allowed_hosts="chat.example.com")


@pytest.mark.parametrize("host", ["example.org", "badexample.org", "chat.example.com.evil.test", "xchat.example.com"])
def test_a_name_of_the_settings_is_matched_whole(host: str) -> None:
    assert not has(host, allowed_hosts="chat.example.com,*.example.org")


def test_names_in_other_scripts_are_compared_as_browsers_send_them() -> None:
    assert has("xn--fiq228c.example:8000", allowed_hosts="中文.example")


@pytest.mark.parametrize(
    ("listens_on", "host"),
    [("192.168.0.7", "192.168.0.7:8000"), ("gpu-box", "gpu-box:8000"), ("2001:db8::7", "[2001:db8:0::7]:8000")],
)
def test_what_it_was_told_to_listen_on_is_its_own(listens_on: str, host: str) -> None:
    assert has(host, host=listens_on)
    assert not has(host)


@pytest.mark.parametrize("address", ["192.168.0.7", "[2001:db8::7]:80", "8.8.8.8:8000", "0.0.0.0:8000"])
def test_a_server_that_is_open_to_all_answers_to_addresses_but_not_to_names(address: str) -> None:
    assert has(address, host="0.0.0.0", open_without_keys=True)
    assert not has("evil.test", host="0.0.0.0", open_without_keys=True)
    assert has("gpu-box", host="0.0.0.0", open_without_keys=True, allowed_hosts="gpu-box")


@pytest.mark.parametrize(
    ("origin", "host", "is_same"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://chat.example.com", "chat.example.com", True),
        ("https://chat.example.com", "chat.example.com:443", True),
        ("http://chat.example.com:80", "chat.example.com", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://localhost", "localhost:8000", False),
        ("http://127.0.0.1:8000", "localhost:8000", False),
        ("http://evil.test:8000", "localhost:8000", False),
        ("http://localhost:8000.evil.test", "localhost:8000", False),
        ("http://localhost:8000/", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("", "localhost:8000", False),
        ("file://", "localhost:8000", False),
        ("chrome-extension://localhost:8000", "localhost:8000", False),
    ],
)
def test_an_origin_is_the_servers_if_host_and_port_are(origin: str, host: str, is_same: bool) -> None:
    own = parse_authority(host)
    assert own is not None
    assert is_same_origin(origin, own) is is_same


def test_an_authority_is_read_in_its_parts() -> None:
    assert parse_authority("A.Example.:81") == Authority("a.example", "81")
    assert parse_authority("[::1]") == Authority("::1", "")
