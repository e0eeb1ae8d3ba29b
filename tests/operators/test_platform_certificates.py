"""cert-manager's own controller makes everything ready that the platform declares of certificates."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dbaas_components import CertificateAuthority, NamespaceIssuers
from dbaas_components.bootstrap.pmm.component import Pmm
from dbaas_components.evaluate import evaluate
from embedded.operators import RunningOperator
from tests.api.objects import ApiServer

pytestmark = [pytest.mark.operators, pytest.mark.api]
OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
_KINDS = ("ClusterIssuer", "Issuer", "Certificate")
# In this tier cert-manager looks for the Secrets of ClusterIssuers where it runs.
HOME = "cert-manager-operator"


def declared() -> list[dict[str, Any]]:
    """Every issuer and certificate of a platform, in the order in which it is made."""

    def program() -> None:
        CertificateAuthority("ca", {"ownership": OWNERSHIP, "namespace": HOME})
        NamespaceIssuers("issuers", {"ownership": OWNERSHIP, "namespaces": ["shop"]})
        Pmm("pmm", {"ownership": OWNERSHIP})

    return [
        {key: value for key, value in resource.inputs.items() if key not in {"id", "urn"}}
        for resource in evaluate(program).in_order()
        if resource.kind in _KINDS
    ]


@pytest.fixture(scope="module")
def ready(
    new_api_server: tuple[ApiServer, Path], operators: dict[str, RunningOperator]
) -> tuple[ApiServer, dict[str, dict[str, Any]]]:
    """The API server, and each object once it is ready; where one is not within two minutes, as it is then."""
    api, _ = new_api_server
    objects = declared()
    for namespace in ("shop", "pmm"):
        api.new_namespace(namespace)
    for one in objects:
        api.apply(path_of(one), one)
    deadline = time.monotonic() + 120
    found: dict[str, dict[str, Any]] = {}
    while len(found) < len(objects) and time.monotonic() < deadline:
        for one in objects:
            live = api.call("GET", path_of(one))
            if _is_ready(live):
                found[_key(one)] = live
        time.sleep(0.5)
    return api, found


_PLURALS = {"ClusterIssuer": "clusterissuers", "Issuer": "issuers", "Certificate": "certificates"}


def path_of(one: dict[str, Any]) -> str:
    namespace = one["metadata"].get("namespace")
    within = f"namespaces/{namespace}/" if namespace else ""
    return f"/apis/cert-manager.io/v1/{within}{_PLURALS[one['kind']]}/{one['metadata']['name']}"


def _key(one: dict[str, Any]) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def _is_ready(live: dict[str, Any]) -> bool:
    conditions = live.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def certificate(api: ApiServer, namespace: str, name: str) -> x509.Certificate:
    secret = api.call("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
    return x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"]))


def test_everything_that_is_declared_becomes_ready(ready: tuple[ApiServer, dict[str, dict[str, Any]]]) -> None:
    _, found = ready
    assert {_key(one) for one in declared()} - set(found) == set()


def test_all_of_it_is_signed_by_one_root_with_the_intermediate_between(
    ready: tuple[ApiServer, dict[str, dict[str, Any]]],
) -> None:
    api, _ = ready
    root = certificate(api, HOME, "dbaas-ca-root")
    between = certificate(api, "shop", "dbaas-ca-ns-authority")
    between.verify_directly_issued_by(root)
    constraints = between.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert constraints.ca
    certificate(api, "pmm", "pmm-certificate").verify_directly_issued_by(root)


def test_a_renewal_of_the_root_keeps_its_key(ready: tuple[ApiServer, dict[str, dict[str, Any]]]) -> None:
    api, _ = ready
    before = certificate(api, HOME, "dbaas-ca-root")
    (root,) = [one for one in declared() if _key(one) == "Certificate/dbaas-ca-root"]
    live = api.call("GET", path_of(root))
    issuing = {
        "type": "Issuing",
        "status": "True",
        "reason": "ManuallyTriggered",
        "message": "renewed by hand",
        "lastTransitionTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "observedGeneration": live["metadata"]["generation"],
    }
    conditions = {"status": {"conditions": [*live["status"]["conditions"], issuing]}}
    api.call("PATCH", f"{path_of(root)}/status", body=conditions, type="application/merge-patch+json")
    deadline = time.monotonic() + 60
    after = before
    while after.serial_number == before.serial_number and time.monotonic() < deadline:
        time.sleep(0.5)
        after = certificate(api, HOME, "dbaas-ca-root")
    assert after.serial_number != before.serial_number
    assert _key_of(after) == _key_of(before)


def _key_of(found: x509.Certificate) -> bytes:
    return found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
