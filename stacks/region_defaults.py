"""What the platform of the regions means for a database that is in several of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.certificate_authority import CertificateAuthoritySpec, NamespaceIssuersSpec
from dbaas_components.bootstrap.cloud_profiles import CloudProfile, load_balancer_annotations
from dbaas_components.errors import SpecError
from stacks.platform_settings import cloud_profile


def store_of(document: Any, region: Any) -> dict[str, Any] | None:
    """The ClusterSecretStore that sites in this region give and take shared Secrets by."""
    if region.secret_store is not None:
        return dict(region.secret_store)
    made = _part(document, region, "secret_store")
    if made is None:
        return None
    return {"name": made.get("name") or f"{region.name}-secret-store"}


def exposure_annotations(document: Any) -> dict[str, str]:
    """Annotations of a load balancer that only the cloud's own networks reach."""
    if document.cloud is None:
        return {}
    try:
        profile = parse_arguments(CloudProfile, "cloud profile", cloud_profile(document))
    except SpecError:
        return {}  # The platform's own check tells it.
    return load_balancer_annotations(profile, "internal")


def issuer_of_all(
    document: Any, regions: Sequence[Any], engine: str, namespaces: Iterable[str]
) -> dict[str, str] | None:
    """The platform's issuer, where it has the same name in all regions and signs with one root everywhere."""
    roots = [_part(document, region, "certificate_authority") for region in regions]
    # A region that makes a root of its own is believed by nobody else, but for the one that the others take it from.
    if (
        not roots
        or any(root is None for root in roots)
        or sum("existing_root" not in root for root in roots if root is not None) > 1
    ):
        return None
    if engine != "ps":
        names = {_default(CertificateAuthoritySpec, "issuer", root) for root in roots}
        return {"name": names.pop(), "kind": "ClusterIssuer"} if len(names) == 1 else None
    issuers = [_part(document, region, "namespace_issuers") for region in regions]
    if any(one is None or not set(namespaces) <= set(one.get("namespaces", ())) for one in issuers):
        return None
    names = {_default(NamespaceIssuersSpec, "issuer", one) for one in issuers}
    return {"name": names.pop(), "kind": "Issuer"} if len(names) == 1 else None


def _part(document: Any, region: Any, key: str) -> dict[str, Any] | None:
    if document.platform is None:
        return None
    found = {**document.platform, **region.platform}.get(key)
    return found if isinstance(found, dict) else None


def _default(model: Any, name: str, given: Any) -> str:
    return str(given.get(name, model.model_fields[name].default))
