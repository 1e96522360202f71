"""Sentences for what no fake Hub sends: the network's, the disk's and those of classes alone."""

import errno
import importlib
import os
import ssl
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

from model.checkpoint.hub import Hub, NoAnswer, NotAHub
from model.checkpoint.hub_errors import Asked, BrokenOff, WrongBytes, describe_failure, is_network_failure

ASKED = Asked(Hub("https://hub.example", Path("/cache")), "a/b", "main")
http: Any = importlib.import_module(HfHubHTTPError.__mro__[1].__module__.partition(".")[0])


def refused_certificate() -> BaseException:
    error: BaseException = http.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    error.__cause__ = ssl.SSLCertVerificationError()
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (http.ConnectError("[Errno 101] Network is unreachable"), "cannot be reached ([Errno 101] Network"),
        (http.ConnectTimeout("timed out"), "cannot be reached (timed out)"),
        (http.ReadTimeout("The read operation timed out"), "sent nothing for a while"),
        (http.ReadError("[Errno 104] reset\nby peer"), "broke off ([Errno 104] reset): what was fetched is kept"),
        (http.ProxyError("407 Proxy Authentication Required"), "check HTTPS_PROXY"),
        (http.TooManyRedirects("20"), "redirects without end"),
        (http.UnsupportedProtocol("no scheme"), "write it as https://host"),
        (refused_certificate(), "SSL_CERT_FILE"),
        (NoAnswer("8"), "did not answer within 8 s"),
        (NotAHub(), "is not the Hugging Face Hub"),
        (BrokenOff("at 1 kB of the 2 kB of x"), "broke off at 1 kB of the 2 kB of x"),
        (WrongBytes("x"), "sent x of a/b with wrong bytes twice"),
        (HFValidationError("a--b"), "is not a name that a repository of the Hub can have"),
        (OfflineModeIsEnabled("off"), "HF_HUB_OFFLINE is set"),
        (OSError(errno.ENOSPC, "No space left on device", "/cache/x"), "the disk of /cache/x is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk of /cache is full (Disk quota exceeded)"),
        (PermissionError(errno.EACCES, "Permission denied", "/cache/x"), "/cache/x cannot be written (Permission"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/c"), "/c cannot be written (Read-only file system)"),
        (RuntimeError("odd\nthing"), "a/b cannot be fetched from https://hub.example: odd"),
        (RuntimeError(), "cannot be fetched from https://hub.example: RuntimeError"),
    ],
)
def test_every_failure_is_one_sentence(error: BaseException, words: str) -> None:
    sentence = describe_failure(error, ASKED)
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("error", "is_network"),
    [
        (http.ConnectError("x"), True),
        (http.ReadTimeout("x"), True),
        (NoAnswer("8"), True),
        (NotAHub(), True),
        (BrokenOff("x"), False),
        (PermissionError(), False),
        (RuntimeError(), False),
    ],
)
def test_a_hub_that_was_not_reached_is_told_from_one_that_refused(error: BaseException, is_network: bool) -> None:
    assert is_network_failure(error) == is_network
