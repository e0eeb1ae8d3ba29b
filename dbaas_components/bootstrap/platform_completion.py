"""What one part of a platform tells another, where the program does not say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.operators.spec import OperatorsSpec
from dbaas_components.bootstrap.store_probe import default_entry
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.bootstrap.vault.values import certificate_secret
from dbaas_components.errors import SpecError


def complete(parts: dict[str, Any]) -> None:
    """Adds to the parts' arguments what follows from one another. What is wrong with a part is left for its check."""
    _where_things_are(parts)
    _who_signs(parts)
    _who_reads_vault(parts)
    _where_vault_is(parts)
    _what_is_watched(parts)


def serves_monitors(parts: Mapping[str, Any]) -> bool:
    """Whether the kind ServiceMonitor comes with the platform's own metrics stack, and so not before that."""
    return "monitoring" in parts and not _mapping(parts["monitoring"]).get("existing")


def keeps_secrets_in_vault(parts: Mapping[str, Any]) -> bool:
    """Whether the platform's store of secrets is its own Vault."""
    spec = _parsed(VaultSpec, parts.get("vault"))
    store = _mapping(parts.get("secret_store"))
    return spec is not None and _mapping(store.get("vault")).get("address") == spec.address


def _where_things_are(parts: dict[str, Any]) -> None:
    """Parts that look into the namespace of another, which the program has named once."""
    for key, other in (("certificate_authority", "cert_manager"), ("pmm_tokens", "pmm")):
        if key in parts and (namespace := _mapping(parts.get(other)).get("namespace")):
            parts[key].setdefault("namespace", namespace)


def _account(parts: Mapping[str, Any], key: str, name: str) -> dict[str, str]:
    """The service account of a part that runs in a namespace of the program's choice."""
    namespace = _mapping(parts.get(key)).get("namespace")
    return {"service_account": f"{namespace}/{name}"} if namespace else {}


def _who_signs(parts: dict[str, Any]) -> None:
    authority = _mapping(parts.get("certificate_authority"))
    issuer = authority.get("issuer")
    if not issuer:
        return
    if "namespace_issuers" in parts:
        parts["namespace_issuers"].setdefault("authority", issuer)
    # PMM's own certificate has no issuer, and a server elsewhere has its own.
    pmm = _mapping(parts.get("pmm"))
    takers = ["vault", *([] if "external" in pmm or pmm.get("certificate") == "self_signed" else ["pmm"])]
    for key in takers:
        if key in parts and (named := _of_cluster(parts[key].get("issuer"))) is not None:
            parts[key]["issuer"] = {"name": issuer, **named}


def _of_cluster(given: Any) -> Mapping[str, Any] | None:
    """What is said of an issuer that may be the platform's; None where it cannot be."""
    if given is None:
        return {}
    named = _mapping(given)
    return named if isinstance(given, Mapping) and named.get("kind", "ClusterIssuer") == "ClusterIssuer" else None


def _who_reads_vault(parts: dict[str, Any]) -> None:
    vault = parts.get("vault")
    if vault is None:
        return
    consumers: dict[str, Any] = dict(_mapping(vault.get("consumers")))
    store = parts.get("secret_store")
    elsewhere = {"aws", "google", "existing"}
    if store is not None and "external_secrets" not in consumers and not elsewhere & set(store):
        account = _account(parts, "external_secrets", "external-secrets")
        consumers["external_secrets"] = {"namespaces": tuple(_items(store.get("namespaces"))), **account}
    writers = [
        f"{one.get('namespace')}/{one.get('database')}"
        for one in map(_mapping, _items(_mapping(parts.get("pmm_tokens")).get("consumers")))
        if one.get("store") in {"vault", "both"} and not one.get("vault_path")
    ]
    if writers and "pmm_tokens" not in consumers:
        account = _account(parts, "pmm_tokens", "pmm-tokens")
        consumers["pmm_tokens"] = {"databases": tuple(writers), **account}
    if consumers:
        vault["consumers"] = consumers


def _where_vault_is(parts: dict[str, Any]) -> None:
    spec = _parsed(VaultSpec, parts.get("vault"))
    if spec is None:
        return
    certificate = {"namespace": spec.home, "secret": certificate_secret(spec)}
    store = parts.get("secret_store")
    if store is not None and not {"vault", "aws", "google", "existing"} & set(store):
        _let_the_probe_in(parts, spec)
        store["vault"] = {
            "address": spec.address,
            "mount": spec.mount,
            "auth_mount": spec.auth_mount,
            "audience": spec.audience,
            "authority": certificate,
            **_account(parts, "external_secrets", "external-secrets"),
        }


def _let_the_probe_in(parts: dict[str, Any], spec: VaultSpec) -> None:
    """The store's probe is written by External Secrets itself, in a role for this one entry where it may write no
    other."""
    store, reader = parts["secret_store"], spec.consumers.external_secrets
    namespaces = _items(store.get("namespaces"))
    if "probe" in store or reader is None or not namespaces:
        return
    store["probe"] = {"push": True}
    if reader.push:
        return
    entry, role = default_entry(namespaces), "external-secrets-probe"
    store["probe"] |= {"entry": entry, "write_role": role}
    consumers = dict(parts["vault"]["consumers"])
    may = {"capabilities": ("create", "read", "update")}
    rules = tuple({"path": f"{spec.mount}/{kind}/{entry}", **may} for kind in ("data", "metadata"))
    own = {"name": role, "service_accounts": (reader.service_account,), "audience": spec.audience, "rules": rules}
    consumers["roles"] = (*_items(consumers.get("roles")), own)
    parts["vault"]["consumers"] = consumers


def _what_is_watched(parts: dict[str, Any]) -> None:
    alerts = parts.get("fleet_alerts")
    operators = _parsed(OperatorsSpec, parts.get("operators"))
    if alerts is not None and "operators" in parts and "operators" not in alerts:
        # Operators that are refused themselves are not missed here as well.
        default = OperatorsSpec.model_construct()
        found = operators or default
        alerts["operators"] = tuple(
            {"engine": engine, "namespace": one.namespace}
            for one in found.installations
            for engine in found.engines_of(one)
        )
    monitoring = _mapping(parts.get("monitoring"))
    for key in ("fleet_alerts", "dashboards"):
        if key in parts and monitoring.get("namespace"):
            parts[key].setdefault("namespace", monitoring["namespace"])
    if alerts is not None and monitoring.get("select_labels"):
        alerts.setdefault("select_labels", monitoring["select_labels"])


def _parsed(model: Any, given: Any) -> Any:
    if given is None:
        return None
    try:
        return parse_arguments(model, "", given)
    except SpecError:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()
