"""What Vault shall hold: mounts, policies and roles, derived from who needs what. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dbaas_components.bootstrap.vault.consumers import Consumers, KeyConsumer
from dbaas_components.bootstrap.vault.server_configuration import audit_options
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.databases.spec.part import duration_of

BOOTSTRAP: Final = "dbaas-bootstrap"
TOKENS: Final = "dbaas-tokens"
SNAPSHOT: Final = "dbaas-snapshot"
_SESSION: Final = "15m"
_WRITE: Final = ("create", "read", "update")


def content(spec: VaultSpec) -> dict[str, Any]:
    """Everything, in the form that the program `vault_bootstrap` takes."""
    policies, roles = _standing(spec)
    found_policies, found_roles = _consumers(spec)
    policies |= found_policies
    roles |= found_roles
    return {
        # OpenBao's are in its server's configuration.
        "audit": {} if spec.software == "openbao" else _audit(spec),
        "mounts": _mounts(spec),
        "policies": {f"dbaas-{name}": _text(rules) for name, rules in sorted(policies.items())},
        "auth": {
            spec.auth_mount: {
                "type": "kubernetes",
                # Its own service account asks who a token belongs to; nothing of ours is stored for that.
                "config": {"kubernetes_host": "https://kubernetes.default.svc"},
                "roles": dict(sorted(roles.items())),
            }
        },
        "token_roles": {f"dbaas-{one.name}": _token_role(spec, one) for one in spec.consumers.keys},
    }


def _audit(spec: VaultSpec) -> dict[str, Any]:
    return {name: {"type": "file", "options": options} for name, options in audit_options(spec).items()}


def _mounts(spec: VaultSpec) -> dict[str, Any]:
    mounts = {spec.mount: "2"} | {one.place: one.version for one in spec.consumers.keys}
    return {path: {"type": "kv", "options": {"version": version}} for path, version in sorted(mounts.items())}


_Rules = Mapping[str, Sequence[str]]


def _standing(spec: VaultSpec) -> tuple[dict[str, _Rules], dict[str, Any]]:
    """Of this library's own programs."""
    auth = spec.auth_mount
    policies: dict[str, _Rules] = {
        "bootstrap": {
            "sys/policies/acl": ("list", "read"),
            "sys/policies/acl/dbaas-*": (*_WRITE, "delete"),
            "sys/auth": ("read",),
            f"sys/auth/{auth}": ("create", "update", "sudo"),
            f"auth/{auth}/config": ("create", "update"),
            f"auth/{auth}/role": ("list", "read"),
            f"auth/{auth}/role/*": (*_WRITE, "delete"),
            "auth/token/roles": ("list", "read"),
            "auth/token/roles/*": (*_WRITE, "delete"),
            "sys/audit": ("read", "sudo"),
            "sys/audit/*": ("create", "update", "sudo"),
            "sys/mounts": ("read",),
            # Made and never removed: there is no `delete` here.
            "sys/mounts/*": ("create", "update"),
            "sys/storage/raft/configuration": ("read",),
        }
    }
    roles = {BOOTSTRAP: _role(spec, "dbaas-bootstrap", f"{spec.home}/{BOOTSTRAP}")}
    if spec.consumers.keys:
        policies["tokens"] = {
            **{f"auth/token/create/dbaas-{one.name}": ("update",) for one in spec.consumers.keys},
            **{f"{spec.mount}/data/{one.entry}": _WRITE for one in spec.consumers.keys},
        }
        roles[TOKENS] = _role(spec, "dbaas-tokens", f"{spec.home}/{TOKENS}")
    if spec.snapshots:
        policies["snapshot"] = {"sys/storage/raft/snapshot": ("read",)}
        roles[SNAPSHOT] = _role(spec, "dbaas-snapshot", f"{spec.home}/{SNAPSHOT}")
    return policies, roles


def _consumers(spec: VaultSpec) -> tuple[dict[str, _Rules], dict[str, Any]]:
    """Of everybody else."""
    consumers: Consumers = spec.consumers
    policies: dict[str, _Rules] = {f"keys-{one.name}": _key_rules(one) for one in consumers.keys}
    roles: dict[str, Any] = {}
    if reader := consumers.external_secrets:
        data = _WRITE if reader.push else ("read",)
        policies["external-secrets"] = {
            **{f"{spec.mount}/data/{one}/*": data for one in reader.namespaces},
            **{f"{spec.mount}/metadata/{one}/*": data for one in reader.namespaces},
        }
        roles["external-secrets"] = _role(spec, "dbaas-external-secrets", reader.service_account)
    if writer := consumers.pmm_tokens:
        policies["pmm-tokens"] = {f"{spec.mount}/data/{one}/credentials": _WRITE for one in writer.databases}
        roles["pmm-tokens"] = _role(spec, "dbaas-pmm-tokens", writer.service_account)
    if users := consumers.psmdb_users:
        policies["psmdb-users"] = {
            f"{spec.mount}/data/{users.path}/*": ("read",),
            f"{spec.mount}/metadata/{users.path}/*": ("read",),
        }
        # The operator logs in with the token that every pod has, whose audience it cannot choose.
        roles["psmdb-operator"] = _role(spec, "dbaas-psmdb-users", users.service_account, audience="")
    for role in consumers.roles:
        policy = f"dbaas-role-{role.name}"
        policies[f"role-{role.name}"] = {rule.path: rule.capabilities for rule in role.rules}
        roles[role.name] = _role(spec, policy, *role.service_accounts, audience=role.audience)
    return policies, roles


def _key_rules(one: KeyConsumer) -> _Rules:
    renewal = {"auth/token/renew-self": ("update",), "auth/token/lookup-self": ("read",)}
    if one.engine == "psmdb":
        path = f"{one.namespace}/{one.database}"
        return {
            f"{one.place}/data/{path}/*": _WRITE,
            f"{one.place}/metadata/{path}/*": ("read",),
            f"{one.place}/config": ("read",),
            **renewal,
        }
    # It lists the whole mount at its start, which is why no other database has keys there.
    return {f"{one.place}/*": (*_WRITE, "delete", "list"), f"{one.place}": ("list",), **renewal}


def _token_role(spec: VaultSpec, one: KeyConsumer) -> dict[str, Any]:
    return {
        "allowed_policies": [f"dbaas-keys-{one.name}"],
        # It outlives the session of the program that made it.
        "orphan": True,
        "renewable": True,
        "token_period": int(duration_of(spec.tokens.period).total_seconds()),
        "token_no_default_policy": True,
        "token_type": "service",
    }


def _role(spec: VaultSpec, policy: str, *accounts: str, audience: str | None = None) -> dict[str, Any]:
    """A role of the login by Kubernetes; an empty `audience` takes tokens for whomever they are."""
    parts = [one.partition("/") for one in accounts]
    audience = spec.audience if audience is None else audience
    return {
        "bound_service_account_names": sorted({name for _, _, name in parts}),
        "bound_service_account_namespaces": sorted({namespace for namespace, _, _ in parts}),
        **({"audience": audience} if audience else {}),
        "token_policies": [policy],
        "token_ttl": _SESSION,
        "token_type": "service",
    }


def _text(rules: _Rules) -> str:
    """A policy, as JSON, which Vault reads like HCL."""
    return json.dumps({"path": {path: {"capabilities": list(found)} for path, found in rules.items()}}, indent=1)
