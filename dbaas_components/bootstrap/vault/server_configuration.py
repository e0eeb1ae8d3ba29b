"""Configuration of the servers of Vault 2.0 and OpenBao 2.6, as JSON, which both read like HCL. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dbaas_components.bootstrap.vault.spec import VaultSpec

CERTIFICATE_FOLDER: Final = "/certificate"
TRANSIT_CA_FOLDER: Final = "/transit-ca"
_AUDIT_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    # Two of them: the server refuses every request when none can be written, as on a volume that is full.
    "file": {"file_path": "/{software}/audit/audit.log", "mode": "0600"},
    "console": {"file_path": "stdout"},
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where a server finds its files and its neighbours."""

    certificate: str
    """Folder with `tls.crt`, `tls.key` and `ca.crt`."""
    data: str
    address: str = "[::]:8200"
    cluster_address: str = "[::]:8201"
    neighbours: tuple[str, ...] = ()
    in_pod: bool = True


def places_of(spec: VaultSpec) -> Places:
    """Those of a pod."""
    return Places(CERTIFICATE_FOLDER, f"/{spec.software}/data", neighbours=tuple(one for _, one in spec.pods))


def server_configuration(spec: VaultSpec, places: Places) -> str:
    """The whole configuration of a server, the same for every one of them."""
    certificate = {
        "tls_cert_file": f"{places.certificate}/tls.crt",
        "tls_key_file": f"{places.certificate}/tls.key",
    }
    listener = {
        "address": places.address,
        "cluster_address": places.cluster_address,
        "tls_min_version": "tls12",
        **certificate,
        # Whoever scrapes has no token; what it sees holds no secret.
        "telemetry": {"unauthenticated_metrics_access": True},
    }
    join = [
        {"leader_api_addr": one, "leader_ca_cert_file": f"{places.certificate}/ca.crt"} for one in places.neighbours
    ]
    found: dict[str, Any] = {
        "ui": False,
        "listener": [{"tcp": listener}],
        "storage": {"raft": {"path": places.data, **({"retry_join": join} if join else {})}},
        "telemetry": {"prometheus_retention_time": "24h", "disable_hostname": True},
        **_seal(spec),
    }
    if places.in_pod:
        # The server labels its pod as active or not, by which the Services find it.
        found["service_registration"] = {"kubernetes": {}}
    if spec.software == "openbao":
        # OpenBao takes them from its configuration only; Vault from its API only.
        found["audit"] = [{"file": {name: {"options": options}}} for name, options in audit_options(spec).items()]
    else:
        # Raft's memory map and mlock do not go together; OpenBao has given mlock up.
        found["disable_mlock"] = True
    return json.dumps(found, indent=2, sort_keys=True)


def audit_options(spec: VaultSpec) -> dict[str, dict[str, str]]:
    """Options of each audit device by its name."""
    return {
        name: {key: value.format(software=spec.software) for key, value in options.items()}
        for name, options in _AUDIT_OPTIONS.items()
    }


def _seal(spec: VaultSpec) -> dict[str, Any]:
    seal = spec.seal
    if seal.aws_kms:
        endpoint = {"endpoint": seal.aws_kms.endpoint} if seal.aws_kms.endpoint else {}
        return {"seal": {"awskms": {"region": seal.aws_kms.region, "kms_key_id": seal.aws_kms.key, **endpoint}}}
    if seal.google_kms:
        key = seal.google_kms
        settings = {"project": key.project, "region": key.location, "key_ring": key.key_ring, "crypto_key": key.key}
        return {"seal": {"gcpckms": settings}}
    if seal.transit:
        # Its token comes from the environment, VAULT_TOKEN or BAO_TOKEN, which both read before their configuration.
        settings = {
            "address": seal.transit.address,
            "mount_path": f"{seal.transit.mount}/",
            "key_name": seal.transit.key,
            "disable_renewal": "false",
        }
        if seal.transit.ca_secret:
            settings["tls_ca_cert"] = f"{TRANSIT_CA_FOLDER}/{seal.transit.ca_key}"
        return {"seal": {"transit": settings}}
    return {}
