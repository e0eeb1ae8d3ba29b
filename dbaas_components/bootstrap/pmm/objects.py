"""What PMM needs beside its chart: the admin's password, its certificate, its volume. Pure functions."""

from __future__ import annotations

from typing import Any, Final

from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.bootstrap.pmm.dhparam import dhparam_pem
from dbaas_components.bootstrap.pmm.spec import PASSWORD_KEY, SERVICE, PmmSpec
from dbaas_components.labels import GATE
from dbaas_components.versions.tools import PYTHON_IMAGE

CERTIFICATE_SECRET: Final = "pmm-certificate"  # noqa: S105 - the name of a Secret
SETTINGS: Final = "pmm-web-server"
_LENGTH: Final = 32
_ROLES: Final = "rbac.authorization.k8s.io"


def generated_password(spec: PmmSpec) -> list[dict[str, Any]]:
    """Has External Secrets 2.9.0 make the Secret, once."""
    name = spec.admin_secret
    generator = {
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "Password",
        "metadata": _metadata(spec, name),
        # Letters and digits: whatever reads it needs no quotes.
        "spec": {"length": _LENGTH, "digits": 8, "symbols": 0, "noUpper": False, "allowRepeat": True},
    }
    reference = {"apiVersion": generator["apiVersion"], "kind": "Password", "name": name}
    target: dict[str, Any] = {
        "name": name,
        # It outlives this object, and a second password, which would open nothing, cannot take its place.
        "creationPolicy": "Orphan",
        "deletionPolicy": "Retain",
        "immutable": True,
        # Every key of it becomes a variable of PMM's environment: none but this one.
        "template": {"engineVersion": "v2", "data": {PASSWORD_KEY: "{{ .password }}"}},
    }
    secret = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": _metadata(spec, name),
        "spec": {
            "refreshPolicy": "CreatedOnce",
            "target": target,
            "dataFrom": [{"sourceRef": {"generatorRef": reference}}],
        },
    }
    return [generator, secret]


def password_job(spec: PmmSpec) -> ProgramJob:
    """Has a Job make the Secret, once, where there is no External Secrets."""
    name = "pmm-admin-password"
    configuration = {
        "name": spec.admin_secret,
        "namespace": spec.namespace,
        "key": PASSWORD_KEY,
        "length": _LENGTH,
        "labels": spec.ownership.labels(component="credentials"),
        "kubernetes": dict(KUBERNETES_API),
    }
    return ProgramJob(
        name=name,
        namespace=spec.namespace,
        program="pmm_admin",
        configuration=configuration,
        image=spec.sources.image(PYTHON_IMAGE),
        labels=spec.ownership.labels(component="pmm-admin-password", instance=name),
        annotations={GATE: "PMM's admin has a password"},
        deadline_seconds=600,
        pull_secrets=spec.pull_secrets,
    )


def password_job_rights(spec: PmmSpec, name: str) -> list[dict[str, Any]]:
    """Leave to look at that Secret and to make Secrets, in PMM's namespace."""
    rules: list[dict[str, Any]] = [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [spec.admin_secret], "verbs": ["get"]},
        # Kubernetes cannot tie the making of an object to a name.
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    ]
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(spec, name)},
        {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": _metadata(spec, name), "rules": rules},
        {
            "apiVersion": f"{_ROLES}/v1",
            "kind": "RoleBinding",
            "metadata": _metadata(spec, name),
            "roleRef": {"apiGroup": _ROLES, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": spec.namespace}],
        },
    ]


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
