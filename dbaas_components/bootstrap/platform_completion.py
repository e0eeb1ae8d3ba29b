"""What one part of a platform tells another, where the program does not say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.operators.spec import OperatorsSpec
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.bootstrap.vault.values import certificate_secret
from dbaas_components.errors import SpecError


def complete(parts: dict[str, Any]) -> None:
    """Adds to the parts' arguments what follows from one another. What is wrong with a part is left for its check."""
    _who_reads_vault(parts)
    _where_vault_is(parts)
    _what_is_watched(parts)


def _who_reads_vault(parts: dict[str, Any]) -> None:
    vault = parts.get("vault")
    if vault is None:
        return
    consumers: dict[str, Any] = dict(_mapping(vault.get("consumers")))
    store = parts.get("secret_store")
    if store is not None and "external_secrets" not in consumers and not {"aws", "google"} & set(store):
        consumers["external_secrets"] = {"namespaces": tuple(_items(store.get("namespaces")))}
    writers = [
        f"{one.get('namespace')}/{one.get('database')}"
        for one in map(_mapping, _items(_mapping(parts.get("pmm_tokens")).get("consumers")))
        if one.get("store") in {"vault", "both"} and not one.get("vault_path")
    ]
    if writers and "pmm_tokens" not in consumers:
        consumers["pmm_tokens"] = {"databases": tuple(writers)}
    if consumers:
        vault["consumers"] = consumers


def _where_vault_is(parts: dict[str, Any]) -> None:
    spec = _parsed(VaultSpec, parts.get("vault"))
    if spec is None:
        return
    certificate = {"namespace": spec.home, "secret": certificate_secret(spec)}
    store = parts.get("secret_store")
    if store is not None and not {"vault", "aws", "google"} & set(store):
        store["vault"] = {
            "address": spec.address,
            "mount": spec.mount,
            "auth_mount": spec.auth_mount,
            "audience": spec.audience,
            "authority": certificate,
        }


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
