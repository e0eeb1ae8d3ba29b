"""What PMM needs beside its chart: the admin's password, its certificate, its volume. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.first_passwords import FirstPassword
from dbaas_components.bootstrap.pmm.dhparam import dhparam_pem
from dbaas_components.bootstrap.pmm.spec import PASSWORD_KEY, SERVICE, PmmSpec

CERTIFICATE_SECRET: Final = "pmm-certificate"  # noqa: S105 - the name of a Secret
SETTINGS: Final = "pmm-web-server"


def first_password(spec: PmmSpec) -> FirstPassword:
    """The admin's password. Every key of its Secret becomes a variable of PMM's environment: it has this one."""
    return FirstPassword(
        namespace=spec.namespace,
        secret=spec.admin_secret,
        key=PASSWORD_KEY,
        component="pmm",
        ownership=spec.ownership,
        sources=spec.sources,
        pull_secrets=spec.pull_secrets,
    )


def certificate(spec: PmmSpec) -> dict[str, Any]:
    """The server's certificate, for a year and renewed four months before its end.

    PMM's web server reads it at its start and never again, so it has to be restarted in between, as an upgrade does.
    """
    host = f"{SERVICE}.{spec.namespace}"
    names = [SERVICE, host, f"{host}.svc", f"{host}.svc.cluster.local", *spec.host_names]
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": _metadata(spec, "pmm"),
        "spec": {
            "secretName": CERTIFICATE_SECRET,
            "secretTemplate": {"labels": spec.ownership.labels(component="certificate", instance="pmm")},
            "commonName": host if len(host) <= 64 else SERVICE,
            "dnsNames": list(dict.fromkeys(names)),
            "duration": "8760h",
            "renewBefore": "2880h",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "usages": ["server auth", "digital signature", "key encipherment"],
            "issuerRef": {"name": spec.issuer.name, "kind": spec.issuer.kind, "group": "cert-manager.io"},
        },
    }


def web_server_settings(spec: PmmSpec) -> dict[str, Any]:
    """The two other files that the web server wants in the folder of its certificate, which it cannot write to."""
    # Read when PMM makes a certificate itself; without the file it would try to write one.
    note = "# PMM makes no certificate here: cert-manager does.\n"
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(spec, SETTINGS),
        "data": {"dhparam.pem": dhparam_pem(), "certificate.conf": note},
    }


def claim(spec: PmmSpec, name: str) -> dict[str, Any]:
    """The volume, made apart from the chart: so it has an owner, can grow, and is not the chart's to give up."""
    metadata = _metadata(spec, name)
    # It is bound when the first pod comes.
    metadata["annotations"] = {"pulumi.com/skipAwait": "true"}
    volume: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": spec.storage.size}},
    }
    if spec.storage.storage_class:
        volume["storageClassName"] = spec.storage.storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": volume}


def _metadata(spec: PmmSpec, name: str) -> dict[str, Any]:
    labels = spec.ownership.labels(component="pmm", instance="pmm")
    return {"name": name, "namespace": spec.namespace, "labels": labels}
