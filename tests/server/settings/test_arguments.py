"""Flags before environment before defaults, and a sentence for what cannot be used."""

import pytest

from server.settings.arguments import parse_settings
from server.settings.service_settings import WEBHOOK_SECRET
from server.settings.settings import Settings


def test_defaults() -> None:
    assert parse_settings([], {}) == Settings()
    assert (Settings().model, Settings().host, Settings().port) == ("demo", "127.0.0.1", 8000)


def test_flags_go_before_the_environment() -> None:
    environment = {"MINICPMV_PORT": "9000", "MINICPMV_HOST": "0.0.0.0", "MINICPMV_MAX_BODY_BYTES": "2048"}
    settings = parse_settings(["--port", "9001"], environment)
    assert (settings.port, settings.host, settings.max_body_bytes) == (9001, "0.0.0.0", 2048)


@pytest.mark.parametrize(
    ("arguments", "environment", "is_eager", "has_guard"),
    [
        ([], {}, False, True),
        (["--eager"], {}, True, True),
        (["--eager", "--repetition-guard", "off"], {}, True, False),
        (["--eager", "off"], {"MINICPMV_EAGER": "on", "MINICPMV_REPETITION_GUARD": "off"}, False, False),
    ],
)
def test_switches(arguments: list[str], environment: dict[str, str], is_eager: bool, has_guard: bool) -> None:
    settings = parse_settings(arguments, environment)
    assert (settings.eager, settings.repetition_guard) == (is_eager, has_guard)


@pytest.mark.parametrize(
    ("arguments", "environment", "cause"),
    [
        (["--port", "x"], {}, "--port"),
        (["--port", "70000"], {}, "70000 is over 65535"),
        (["--port", "-1"], {}, "-1 is under 0"),
        ([], {"MINICPMV_PORT": "many"}, "MINICPMV_PORT"),
        (["--quantization", "int3"], {}, "int3"),
        ([], {"MINICPMV_QUANTIZATION": "int3"}, "MINICPMV_QUANTIZATION is 'int3'"),
        (["--max-new-tokens", "0"], {}, "0 is under 1"),
        (["--model", ""], {}, "--model: it is empty"),
        (["--nothing"], {}, "--nothing"),
        ([], {"MINICPMV_EAGER": "perhaps"}, "'perhaps' is neither on nor off"),
        (
            ["--image-hosts", "a.example,https://b.example"],
            {},
            "'https://b.example' is not of the form img.example.com",
        ),
        ([], {"MINICPMV_IMAGE_HOSTS": "a.example:0"}, "'a.example:0' is not of the form"),
        (["--image-hosts", "a.example:65536"], {}, "'a.example:65536' is not of the form"),
        (["--image-hosts", "a.example:http"], {}, "'a.example:http' is not of the form"),
        (["--image-hosts", "[img.example]:80"], {}, "'[img.example]:80' is not of the form"),
        (["--allowed-hosts", "a.example:8080"], {}, "'a.example:8080' is not of the form chat.example.com"),
        (["--allowed-hosts", "http://a.example"], {}, "'http://a.example' is not of the form"),
        (["--cors-origins", "shop.example"], {}, "'shop.example' is not of the form https://shop.example.com"),
        (["--cors-origins", "https://shop.example/"], {}, "'https://shop.example/' is not of the form"),
        (["--tool-hosts", "a.example,http://b.example"], {}, "'http://b.example' is not of the form img.example.com"),
        (["--tool-hosts", "127.0.0.1:80900"], {}, "'127.0.0.1:80900' is not of the form"),
    ],
)
def test_bad_values_stop_the_start(
    arguments: list[str], environment: dict[str, str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_settings(arguments, environment)
    assert stopped.value.code == 2
    assert cause in capsys.readouterr().err


@pytest.mark.parametrize(
    "hosts",
    [
        "none",
        "IMG.example.com, *.example.org,",
        "shop_1.intern,2001:db8::1",
        "中文.example",
        "a.example:65535,*.example.org:1,[2001:db8::1]:8080,10.0.0.1:8080",
    ],
)
def test_hosts_of_pictures_are_names_and_addresses_with_ports(hosts: str) -> None:
    assert parse_settings(["--image-hosts", hosts], {}).image_hosts == hosts
    assert parse_settings(["--tool-hosts", hosts], {}).tool_hosts == hosts


def test_hosts_of_the_server_are_names_and_addresses() -> None:
    hosts = "IMG.example.com, *.example.org, 192.168.0.7, 2001:db8::1"
    settings = parse_settings(["--allowed-hosts", hosts], {})
    assert settings.allowed_host_names == ("IMG.example.com", "*.example.org", "192.168.0.7", "2001:db8::1")


@pytest.mark.parametrize("origins", ["none", "*", "https://a.example, http://localhost:3000", "capacitor://localhost"])
def test_origins_are_as_browsers_send_them(origins: str) -> None:
    assert parse_settings(["--cors-origins", origins], {}).cors_origins == origins


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings(["--help"], {})
    shown = capsys.readouterr().out
    for name in Settings.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in shown
    assert "--max-streams-per-key N" in shown


@pytest.mark.parametrize(
    ("arguments", "environment", "place"),
    [
        ([], {}, "data/sessions.db"),
        (["--data", "/d"], {}, "/d/sessions.db"),
        ([], {"DATABASE_URL": "postgresql://a/b"}, "postgresql://a/b"),
        ([], {"DATABASE_URL": "postgresql://a/b", "MINICPMV_DATABASE_URL": "c.db"}, "c.db"),
        (["--database-url", "d.db"], {"DATABASE_URL": "postgresql://a/b", "MINICPMV_DATABASE_URL": "c.db"}, "d.db"),
        (["--database-url", "auto"], {"DATABASE_URL": "postgresql://a/b"}, "data/sessions.db"),
    ],
)
def test_where_sessions_are_kept(arguments: list[str], environment: dict[str, str], place: str) -> None:
    assert parse_settings(arguments, environment).sessions_place == place


def test_keys_are_no_setting(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"MINICPMV_API_KEYS": "ann:sk-secret"}
    assert "secret" not in repr(parse_settings([], environment))
    with pytest.raises(SystemExit):
        parse_settings(["--help"], environment)
    with pytest.raises(SystemExit):
        parse_settings(["--api-keys", "ann:sk-secret"], {})
    assert "ann:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "environment", "endpoint"),
    [
        ([], {}, None),
        ([], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, "http://a:4318"),
        (["--otlp-endpoint", "http://b:4318"], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, "http://b:4318"),
        (["--otlp-endpoint", "none"], {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"}, None),
    ],
)
def test_where_traces_go(arguments: list[str], environment: dict[str, str], endpoint: str | None) -> None:
    assert parse_settings(arguments, environment).traces_endpoint == endpoint


FILE = {"MINICPMV_PORT": "9000", "MINICPMV_HOST": "::1", "DATABASE_URL": "file.db", "HTTP_PROXY": "http://x"}


def test_the_file_goes_before_defaults_and_after_everything_else() -> None:
    settings = parse_settings(["--port", "9002"], {"MINICPMV_HOST": "127.0.0.2"}, FILE)
    assert (settings.port, settings.host, settings.database_url) == (9002, "127.0.0.2", "file.db")
    assert parse_settings([], {"DATABASE_URL": "a.db"}, {"MINICPMV_DATABASE_URL": "b.db"}).database_url == "a.db"


@pytest.mark.parametrize(
    ("environment", "file", "cause"),
    [
        ({}, {"MINICPMV_PORT": "many"}, "MINICPMV_PORT in .env cannot be used: 'many' is not a whole number"),
        ({"MINICPMV_PORT": "70000"}, {}, "MINICPMV_PORT cannot be used: 70000 is over 65535"),
        ({}, {"MINICPMV_KV_CACHE_PERCENT": "101"}, "MINICPMV_KV_CACHE_PERCENT in .env cannot be used: 101 is over 100"),
        ({}, {"MINICPMV_EAGER": "perhaps"}, "MINICPMV_EAGER in .env cannot be used: 'perhaps' is neither on nor off"),
        ({}, {"MINICPMV_QUANTIZATION": "int3"}, "MINICPMV_QUANTIZATION in .env is 'int3', not one of none, int8, int4"),
        ({"DATABASE_URL": ""}, {}, "DATABASE_URL cannot be used: it is empty"),
        ({}, {"MINICPMV_PROT": "80"}, "MINICPMV_PROT in .env is not a setting"),
    ],
)
def test_a_bad_value_is_named_by_where_it_is_from(
    environment: dict[str, str], file: dict[str, str], cause: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_settings([], environment, file)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(f"error: {cause}")


def test_a_bad_value_that_a_flag_goes_before_does_no_harm() -> None:
    file = {"MINICPMV_API_KEYS": "a:sk-b", WEBHOOK_SECRET: "s"}
    assert parse_settings(["--port", "1"], {"MINICPMV_PORT": "many"}, file).port == 1


def test_help_says_where_settings_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings(["--help"], {})
    assert "MINICPMV_MAX_BODY_BYTES" in capsys.readouterr().out
