"""Gives the volume claims of databases the owner labels of their custom resources, where no operator does.

Usage: python claim_labels.py CONFIGURATION.json
"""

from __future__ import annotations

import json
import logging
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LOG = logging.getLogger("claim-labels")
REQUEST_SECONDS = 20
TRIES = 5
PAUSE_SECONDS = 6.0
PAGE = 250


class Failed(Exception):
    """It cannot go on; the text is one sentence with the way out."""


def run(configuration: Mapping[str, Any]) -> int:
    """Labels every claim that lacks what its database says; how many were changed."""
    changed = 0
    for kind in configuration["kinds"]:
        for database in _items(configuration, kind["path"], {}):
            metadata = database["metadata"]
            has: dict[str, str] = metadata.get("labels") or {}
            wanted = {key: has[key] for key in configuration["labels"] if has.get(key)}
            if wanted:
                selector = {**kind["claims"], kind["instance"]: metadata["name"]}
                changed += _label(configuration, metadata["namespace"], selector, wanted)
    return changed


def _label(
    configuration: Mapping[str, Any], namespace: str, selector: Mapping[str, str], wanted: Mapping[str, str]
) -> int:
    path = f"api/v1/namespaces/{namespace}/persistentvolumeclaims"
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in selector.items())}
    changed = 0
    for claim in _items(configuration, path, query):
        name: str = claim["metadata"]["name"]
        has: dict[str, str] = claim["metadata"].get("labels") or {}
        if all(has.get(key) == value for key, value in wanted.items()):
            continue
        status, _ = _call(configuration, "PATCH", f"{path}/{name}", {"metadata": {"labels": dict(wanted)}})
        # One that went meanwhile needs no labels.
        if status not in {200, 404}:
            raise Failed(
                f"Kubernetes answers {status} to labels of claim {namespace}/{name}; allow the job to patch claims"
            )
        if status == 200:
            LOG.info("labelled claim %s/%s", namespace, name)
            changed += 1
    return changed


def _items(configuration: Mapping[str, Any], path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    following = ""
    while True:
        text = urllib.parse.urlencode({**query, "limit": PAGE, **({"continue": following} if following else {})})
        status, found = _call(configuration, "GET", f"{path}?{text}")
        if status == 404:
            LOG.info("%s: no such kind here", path)
            return
        if status != 200:
            raise Failed(f"Kubernetes answers {status} to {path}; allow the job's service account to list them")
        yield from found["items"]
        following = found["metadata"].get("continue", "")
        if not following:
            return


def _call(configuration: Mapping[str, Any], method: str, path: str, body: Any = None) -> tuple[int, Any]:
    settings = configuration["kubernetes"]
    context = ssl.create_default_context(cafile=settings["ca_file"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    headers = {
        "Authorization": f"Bearer {Path(settings['token_file']).read_text().strip()}",
        "Content-Type": "application/merge-patch+json",
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
            if status not in {429, 500, 503} or left == 1:
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
    """Exit status: 0 if every claim bears what its database says."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    configuration = json.loads(Path(arguments[0]).read_text())
    try:
        changed = run(configuration)
    except Failed as failure:
        LOG.error("%s", failure)
        return 1
    LOG.info("claims labelled: %d", changed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
