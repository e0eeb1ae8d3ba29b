"""One HTTPS service that speaks JSON, for programs that run within the Kubernetes cluster: the standard library only.

No value that is spoken here is printed.
"""

from __future__ import annotations

import json
import logging
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

LOG = logging.getLogger("service")
REQUEST_SECONDS = 20
PAUSE_SECONDS = 5.0
SAY_EVERY_SECONDS = 30.0
# Too early, too often, or somebody behind it is not up.
NOT_NOW = (408, 429, 500, 502, 503, 504)

_Found = TypeVar("_Found")


class Failed(Exception):
    """It cannot go on; the text is one sentence with the way out."""


class NotNow(Exception):
    """It may work in a moment; the text says what is in the way."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: the password would go along to wherever the answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Service:
    """One HTTPS service that speaks JSON."""

    def __init__(self, name: str, address: str, ca_file: str | None) -> None:
        self.name = name
        self.address = address.rstrip("/")
        # Nothing of what is spoken here may pass a proxy.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)),
            _NoRedirect(),
        )

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any = None,
        content_type: str = "application/json",
    ) -> tuple[int, Any]:
        """Status and parsed answer. Raises NotNow where nobody answers or somebody asks to come back."""
        content = None if body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json", "Content-Type": content_type, **headers}
        request = urllib.request.Request(f"{self.address}/{path}", content, sent, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        except OSError as error:
            raise self._unreachable(error) from None
        if status in NOT_NOW:
            raise NotNow(f"{self.name} answers {status}{told(text)}")
        try:
            return status, json.loads(text or b"null")
        except ValueError:
            return status, None

    def _unreachable(self, error: OSError) -> Exception:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Failed(
                f"{self.name} at {self.address} shows a certificate that is not trusted ({reason.verify_message}); "
                "name the authority that issued it, or the host name that it bears"
            )
        return NotNow(f"{self.name} at {self.address} does not answer ({reason})")


def told(text: bytes) -> str:
    """What Vault says of itself, such as that it is sealed."""
    try:
        errors = json.loads(text).get("errors")
    except (ValueError, AttributeError):
        return ""
    return f" ({errors[0]})" if errors else ""


def fields(value: Any) -> dict[str, Any]:
    """The fields of what may not be there."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The items of what may not be there."""
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else []


def strings(value: Any) -> list[str]:
    """The texts of what may not be there."""
    return [str(one) for one in cast("list[Any]", value)] if isinstance(value, list) else []


def patiently(what: str, do: Callable[[], _Found], seconds: float) -> _Found:
    """Tries again until it works, and tells what it waits for and since when. Raises Failed when the time is up."""
    begun, said = time.monotonic(), float("-inf")
    since = time.strftime("%H:%M:%S", time.gmtime())
    while True:
        try:
            return do()
        except NotNow as reason:
            now = time.monotonic()
            if now - begun >= seconds:
                message = f"{reason}, for {now - begun:.0f} s now; when that is mended, run this again"
                raise Failed(message) from None
            if now - said >= SAY_EVERY_SECONDS:
                LOG.info("%s: waiting since %s UTC, %s", what, since, reason)
                said = now
            time.sleep(min(PAUSE_SECONDS, seconds))


def exit_status(arguments: list[str], work: Callable[[Any], str], log: logging.Logger) -> int:
    """Does a Job's work with the configuration in the file that the first argument names, and says what was done.

    0, or 1 if `work` raises `Failed`; each of its sentences is said.
    """
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        done = work(json.loads(Path(arguments[0]).read_text()))
    except Failed as failure:
        for sentence in failure.args:
            log.error("%s", sentence)
        return 1
    log.info("%s", done)
    return 0
