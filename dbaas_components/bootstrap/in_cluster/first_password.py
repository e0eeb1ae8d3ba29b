"""Makes a Secret with somebody's first password, once: one that is there is never touched.

Usage: python -m dbaas_components.bootstrap.in_cluster.first_password CONFIGURATION.json
"""

from __future__ import annotations

import base64
import logging
import secrets
import string
import sys
from collections.abc import Mapping
from typing import Any

from dbaas_components.bootstrap.in_cluster.kubernetes_api import KubernetesApi
from dbaas_components.bootstrap.in_cluster.service import Failed, NotNow, exit_status, patiently

LOG = logging.getLogger("first-password")


def password(length: int) -> str:
    """Letters and digits: whatever reads it needs no quotes."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def run(configuration: Mapping[str, Any]) -> str:
    """Makes the Secret if it is not there; says in a word what was done."""
    api = KubernetesApi(configuration["kubernetes"])
    # The API server may be restarted meanwhile, or the rights of this Job be younger than the Job.
    return patiently("the Secret", lambda: _once(api, configuration), float(configuration.get("wait_seconds", 60)))


def _once(api: KubernetesApi, configuration: Mapping[str, Any]) -> str:
    name, key, place = configuration["name"], configuration["key"], configuration["namespace"]
    path = f"api/v1/namespaces/{place}/secrets"
    status, found = api.call("GET", f"{path}/{name}")
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
        status, _ = api.call("POST", path, secret)
        if status == 201:
            return "made"
        if status == 409:
            return _once(api, configuration)
    told = (
        f"Kubernetes answers {status} to Secret {place}/{name}; the Job's service account must be allowed to get and "
        "create it"
    )
    raise NotNow(told) if status == 403 else Failed(told)


def main(arguments: list[str]) -> int:
    """Exit status: 0 if the Secret is there."""
    return exit_status(arguments, _said, LOG)


def _said(configuration: Mapping[str, Any]) -> str:
    return f"Secret {configuration['namespace']}/{configuration['name']}: {run(configuration)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
