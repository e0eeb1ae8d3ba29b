"""Gives the volume claims of databases the owner labels of their custom resources, where no operator does.

Usage: python -m dbaas_components.bootstrap.in_cluster.claim_labels CONFIGURATION.json
"""

from __future__ import annotations

import logging
import sys
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.kubernetes_api import KubernetesApi
from dbaas_components.bootstrap.in_cluster.service import Failed, exit_status, patiently

LOG = logging.getLogger("claim-labels")
PAGE = 250


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
    api = KubernetesApi(configuration["kubernetes"])
    seconds = float(configuration.get("wait_seconds", 30))
    return patiently("the Kubernetes API", lambda: api.call(method, path, body), seconds)


def main(arguments: list[str]) -> int:
    """Exit status: 0 if every claim bears what its database says."""
    return exit_status(arguments, lambda configuration: f"claims labelled: {run(configuration)}", LOG)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
