"""Makes a Secret with somebody's first password, once: one that is there is never touched.

Usage: python first_password.py CONFIGURATION.json
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import ssl
import string
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOG = logging.getLogger("first-password")
REQUEST_SECONDS = 20
# The API server may be restarted meanwhile, or the rights of this Job be younger than the Job.
TRIES = 10
PAUSE_SECONDS = 6.0


class Failed(Exception):
    """It cannot go on; the text is one sentence with the way out."""


def password(length: int) -> str:
    """Letters and digits: whatever reads it needs no quotes."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def run(configuration: Mapping[str, Any]) -> str:
    """Makes the Secret if it is not there; says in a word what was done."""
    name, key, place = configuration["name"], configuration["key"], configuration["namespace"]
    path = f"api/v1/namespaces/{place}/secrets"
    status, found = _call(configuration, "GET", f"{path}/{name}")
    if status == 200:
        kept: dict[str, str] = found.get("data") or {}
        if not kept.get(key):
            raise Failed(f"Secret {place}/{name} is there without {key}; add it, or name another Secret")
        return "kept"
    if status == 404:
        value = base64.b64encode(password(configuration["length"]).encode()).decode()
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": configuration["labels"]},
            "type": "Opaque",
            # It is taken over at the first start only; one that changed later would open nothing.
            "immutable": True,
            "data": {key: value},
        }
        status, _ = _call(configuration, "POST", path, secret)
        if status == 201:
            return "made"
        if status == 409:
            return run(configuration)
    raise Failed(
        f"Kubernetes answers {status} to Secret {place}/{name}; the Job's service account must be allowed to get and "
        "create it"
    )


def _call(configuration: Mapping[str, Any], method: str, path: str, body: Any = None) -> tuple[int, Any]:
    settings = configuration["kubernetes"]
    context = ssl.create_default_context(cafile=settings["ca_file"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    headers = {
        "Authorization": f"Bearer {Path(settings['token_file']).read_text().strip()}",
        "Content-Type": "application/json",
    }
    content = None if body is None else json.dumps(body).encode()
    for left in range(TRIES, 0, -1):
        request = urllib.request.Request(f"{settings['server']}/{path}", content, headers, method=method)  # noqa: S310
        try:
            with opener.open(request, timeout=REQUEST_SECONDS) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                status = error.code
            if status not in {403, 429, 500, 503} or left == 1:
                return status, None
            reason: object = status
        except OSError as error:
            reason = getattr(error, "reason", error)
            if left == 1:
                message = f"the Kubernetes API at {settings['server']} does not answer ({reason}); run this again"
                raise Failed(message) from None
        LOG.info("waiting for the Kubernetes API: %s; %d more tries", reason, left - 1)
        time.sleep(PAUSE_SECONDS)
    raise AssertionError


def main(arguments: list[str]) -> int:
    """Exit status: 0 if the Secret is there."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    configuration = json.loads(Path(arguments[0]).read_text())
    try:
        done = run(configuration)
    except Failed as failure:
        LOG.error("%s", failure)
        return 1
    LOG.info("Secret %s/%s: %s", configuration["namespace"], configuration["name"], done)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
