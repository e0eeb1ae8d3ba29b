"""Secrets that stand where everyone reads: in a state, in a manifest, in a configuration, in an export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from dbaas_components.policy.databases import engine_of, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest, resource
from dbaas_components.policy.inventory import STACK_TYPE, Inventory
from dbaas_components.policy.item import Item, as_list, value_at
from dbaas_components.policy.pods import pod_spec
from dbaas_components.policy.rule import Rule, Severity, Violation

# Forms that nothing else has: keys of AWS, private keys, tokens of GitHub and GitLab, a password within an address.
_GIVEAWAY = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|-----BEGIN ([A-Z]+ )*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b"
    r"|\b[a-z][a-z0-9+]*://[^\s:/@]+:[^\s:/@$\{\[<]{4,}@"
)
_WORDS = re.compile(r"(?i)^(.*[_.-])?(password|passwd|passphrase|secret[_-]?(access[_-]?)?key|private[_-]?key|token)$")
# A value in quotes, or a word; no call of a function in a program's text.
_ASSIGNED = re.compile(
    r"(?im)^\s*[\w.-]*(password|passwd|secret_key)\s*[=:]\s*"
    r"(['\"][^\s'\"${<]{4,}|[^\s'\"${<(]{4,}(?=[\s'\",;]|$))"
)
_SECRET: Final = "kubernetes:core/v1:Secret"  # noqa: S105 - a type


def _plain_secret(item: Item, _: Inventory) -> Iterator[Violation]:
    for field in ("data", "stringData"):
        for key, value in item.mapping(field).items():
            if isinstance(value, str) and value:
                yield Violation(f"{field}.{key}", "is in plain text in the program's state or in the manifest")


def _giveaways(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, value in item.leaves():
        if isinstance(value, str) and (_GIVEAWAY.search(value) or ("\n" in value and _ASSIGNED.search(value))):
            yield Violation(path, "holds what looks like a key or a password")


def _plain_environment(item: Item, _: Inventory) -> Iterator[Violation]:
    path, spec = pod_spec(item)
    for kind in ("containers", "initContainers"):
        for number, container in enumerate(as_list(spec.get(kind))):
            for place, variable in enumerate(as_list(value_at(container, "env"))):
                name, value = str(value_at(variable, "name")), value_at(variable, "value")
                if _WORDS.search(name) and isinstance(value, str) and value and not value.startswith("$("):
                    yield Violation(f"{path}.{kind}[{number}].env[{place}]", f"{name} is given in plain text")


_REFERENCE = re.compile(r"[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*/[\w.-]+")
"""`namespace/secret/key`: where a password is, which is no secret."""


def _plain_exports(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, value in item.leaves():
        name = re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]
        if _WORDS.search(name) and isinstance(value, str) and value and not _REFERENCE.fullmatch(value):
            yield Violation(path, "is exported in plain text; everyone who may read the stack sees it")


def _root_of_trust(item: Item, _: Inventory) -> Iterator[Violation]:
    """PG operator 3.0.0: `users[].password` only says how one is made; the others refer to Secrets."""
    for number, user in enumerate(item.items("spec.users")):
        password = value_at(user, "password")
        if isinstance(password, str) and password:
            yield Violation(f"spec.users[{number}].password", "is given in plain text")


_POD = ("v1", "Pod")


def _environment(**variable: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "env": [variable]}]}}


RULES: Final = (
    Rule(
        id="secrets/not-plain",
        severity=Severity.ERROR,
        reason="a state and a repository are read by many more than may log in to the database",
        fix="let the operator or an ExternalSecret make it, or give the value as a Pulumi secret",
        applies=lambda item: item.type == _SECRET and item.text("type") != "kubernetes.io/service-account-token",
        check=_plain_secret,
        secrecy=True,
        examples=examples(
            manifest("v1", "Secret", {"type": "Opaque"}), manifest("v1", "Secret", {"stringData": {"root": "hunter2"}})
        ),
    ),
    Rule(
        id="secrets/no-giveaway",
        severity=Severity.ERROR,
        reason="such a key opens an account to whoever finds it, and repositories are searched for them",
        fix="take it out, change it, and refer to a Secret",
        applies=lambda item: item.type != _SECRET,
        check=_giveaways,
        secrecy=True,
        examples=examples(
            manifest("v1", "ConfigMap", {"data": {"url": "postgresql://app@orders.shop.svc/orders"}}),
            manifest("v1", "ConfigMap", {"data": {"url": "postgresql://app:correct-horse@orders.shop.svc/orders"}}),
        ),
    ),
    Rule(
        id="secrets/not-in-environment",
        severity=Severity.ERROR,
        reason="everyone who may look at a pod reads its variables",
        fix="write `valueFrom.secretKeyRef`",
        applies=lambda item: bool(pod_spec(item)[1]),
        check=_plain_environment,
        secrecy=True,
        examples=examples(
            manifest(*_POD, _environment(name="DB_PASSWORD", valueFrom={"secretKeyRef": {"name": "db", "key": "p"}})),
            manifest(*_POD, _environment(name="DB_PASSWORD", value="hunter2")),
        ),
    ),
    Rule(
        id="secrets/not-exported",
        severity=Severity.ERROR,
        reason="exports are printed at the end of every update and read by other stacks",
        fix="export where the secret is (`namespace/secret/key`), or `pulumi.Output.secret(...)`",
        applies=lambda item: item.type == STACK_TYPE,
        check=_plain_exports,
        secrecy=True,
        examples=examples(
            resource(STACK_TYPE, {"password": "shop/orders-secrets/root"}, name="dev"),
            resource(STACK_TYPE, {"orders": {"password": "hunter2"}}, name="dev"),
        ),
    ),
    Rule(
        id="secrets/users-by-reference",
        severity=Severity.ERROR,
        reason="a custom resource is read by everyone who may look at the database",
        fix="name a Secret in `users[].password`, or let the operator make one",
        applies=lambda item: is_guarded(item) and engine_of(item) is not None,
        check=_root_of_trust,
        secrecy=True,
        examples=examples(
            database("pg", {"users": [{"name": "app", "password": {"type": "AlphaNumeric"}}]}),
            database("pxc", {"users": [{"name": "app", "password": "hunter2"}]}),
        ),
    ),
)
