"""Passwords that exist in the Kubernetes cluster appear nowhere in the engine's state, previews, output or snapshots.

The Secrets are written here as the operators write them, every key of each, with values that can be searched for.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from dbaas_components import ManagedDatabase
from dbaas_components.databases.composition import connections
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.kubernetes_objects import KubernetesObject
from tests.api.objects import ApiServer
from tests.engine.provider_stack import ProviderStack, Told
from tests.steps.test_databases import kubeconfig, namespace, stack

__all__ = ["kubeconfig", "namespace", "stack"]

pytestmark = pytest.mark.steps


def arguments(namespace: str) -> Iterator[tuple[str, dict[str, Any]]]:
    users: dict[str, list[dict[str, Any]]] = {
        "pxc": [{"name": "app", "databases": ["shop"], "grants": ["SELECT"]}],
        "ps": [],
        "psmdb": [{"name": "app", "roles": [{"name": "readWrite", "database": "shop"}]}],
        "pg": [{"name": "app", "databases": ["shop"]}],
    }
    for engine in ENGINES:
        yield engine, {"engine": engine, "namespace": namespace, "profile": "dev", "users": users[engine]}


def program(namespace: str, size: str) -> Callable[[], None]:
    def body() -> None:
        metadata = {"name": namespace, "annotations": {"pulumi.com/skipAwait": "true"}}
        place = KubernetesObject("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        for engine, args in arguments(namespace):
            given: Any = {**args, "size": size}
            database = ManagedDatabase(f"db-{engine}", given, pulumi.ResourceOptions(depends_on=[place]))
            pulumi.export(engine, [database.uris, database.credentials, database.ca, database.endpoints])

    return body


def secrets_of_the_operators(namespace: str) -> dict[str, set[str]]:
    """The Secrets that operators make for the databases, with their keys."""
    found: dict[str, set[str]] = {}
    for engine, args in arguments(namespace):
        spec = parse_database(f"db-{engine}", args)
        users = ENGINES[engine].system_users(spec)
        if users.keys:
            found.setdefault(users.secret, set()).update(users.keys)
        for reference in (connections(spec).credentials, connections(spec).ca):
            _, secret, key = reference.split("/")
            found.setdefault(secret, set()).add(key)
        found.setdefault(f"db-{engine}-custom-user-secret", set()).add("app")
    return found


def test_no_password_reaches_the_state_or_anything_that_is_told(
    stack: ProviderStack, namespace: str, kubeconfig: Path, tmp_path: Path
) -> None:
    stack.up(program(namespace, "small"))
    server, values = ApiServer(kubeconfig), set[str]()
    for secret, keys in secrets_of_the_operators(namespace).items():
        given = {key: f"password-{secrets.token_hex(12)}" for key in keys}
        values |= set(given.values())
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "stringData": given}
        server.create(f"/api/v1/namespaces/{namespace}/secrets", manifest)
    assert len(values) > 20
    told: list[Told] = [stack.preview(program(namespace, "medium"))]
    told.append(stack.up(program(namespace, "medium"), refresh=True)[0])
    told.append(stack.refresh(program(namespace, "medium")))
    texts = {
        str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 5e7
    }
    texts |= {f"told {index}": repr((one.events, one.lines)).encode() for index, one in enumerate(told)}
    assert any(b"db-pxc-secrets" in text for text in texts.values()), "nothing was searched"
    leaks = {
        where: value
        for where, text in texts.items()
        for value in values
        if value.encode() in text or base64.b64encode(value.encode()) in text
    }
    assert leaks == {}
