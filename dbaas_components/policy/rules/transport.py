"""Encryption on the way and at rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dbaas_components.policy.databases import engine_of, is_engine, is_guarded
from dbaas_components.policy.fragments import database, examples, manifest
from dbaas_components.policy.inventory import Inventory
from dbaas_components.policy.item import Item
from dbaas_components.policy.rule import Rule, Severity, Violation

_PLAIN_MODES: Final = ("disabled", "allowTLS", "preferTLS")
_SECURE = re.compile(r"(?im)^\s*require[_-]secure[_-]transport\s*(=\s*(on|1|true)\s*)?$")


def _on(item: Item, _: Inventory) -> Iterator[Violation]:
    if item.at("spec.tls.enabled") is False:
        yield Violation("spec.tls.enabled", "is false: passwords and rows go over the network in plain text")
    if item.at("spec.tls.mode") == "disabled":
        yield Violation("spec.tls.mode", 'is "disabled": passwords and rows go over the network in plain text')
    if item.at("spec.unsafeFlags.tls") is True:
        yield Violation("spec.unsafeFlags.tls", "is true: the operator then allows a database without TLS")


def _required(item: Item, _: Inventory) -> Iterator[Violation]:
    engine = engine_of(item)
    if engine == "pg" and item.at("spec.tlsOnly") is not True:
        yield Violation("spec.tlsOnly", "is not true: a client may connect without TLS")
    # PSMDB operator 1.22.0 takes preferTLS where nothing is said.
    if engine == "psmdb" and (item.text("spec.tls.mode") or "preferTLS") in _PLAIN_MODES:
        yield Violation("spec.tls.mode", 'is not "requireTLS": a client may connect without TLS')
    if engine == "pxc":
        configuration = item.at("spec.pxc.configuration")
        if configuration is None or (isinstance(configuration, str) and not _SECURE.search(configuration)):
            yield Violation("spec.pxc.configuration", "has no require_secure_transport=ON: a client may go without TLS")


# What each driver's volumes are without a word; the others' are not known here.
_ENCRYPTED: Final = {
    "ebs.csi.aws.com": ("encrypted", "true"),
    "kubernetes.io/aws-ebs": ("encrypted", "true"),
    "efs.csi.aws.com": ("encrypted", "true"),
}


def _encrypted(item: Item, _: Inventory) -> Iterator[Violation]:
    key, wanted = _ENCRYPTED[item.text("provisioner") or ""]
    if str(item.at(f"parameters.{key}")).lower() != wanted:
        yield Violation(f"parameters.{key}", f'is not "{wanted}"')


def _ssl_ca(item: Item, _: Inventory) -> Iterator[Violation]:
    for path, value in item.leaves():
        if path.rpartition(".")[2] in ("insecureSkipVerify", "insecureSkipTlsVerify") and value is True:
            yield Violation(path, "is true: anyone can pose as the server")


_CLASS = ("storage.k8s.io/v1", "StorageClass")

RULES: Final = (
    Rule(
        id="transport/tls-on",
        severity=Severity.ERROR,
        reason="without TLS everyone on the network reads passwords and rows",
        fix="leave TLS as the operator has it, and every unsafe flag about it out",
        applies=is_guarded,
        check=_on,
        examples=examples(database("pxc", {"tls": {"enabled": True}}), database("pxc", {"tls": {"enabled": False}})),
    ),
    Rule(
        id="transport/tls-required",
        severity=Severity.ERROR,
        reason="a client that is set up wrong goes without TLS, and nobody notices",
        fix="leave `tls.required` on (the default outside profile `dev`)",
        applies=is_engine("pg", "psmdb", "pxc"),
        check=_required,
        examples=examples(
            (database("pg", {"tlsOnly": True}), database("psmdb", {"tls": {"mode": "requireTLS"}})),
            database("psmdb", {"tls": {"mode": "preferTLS"}}),
        ),
    ),
    Rule(
        id="transport/verified",
        severity=Severity.ERROR,
        reason="encryption without a look at the certificate keeps nobody out who is in between",
        fix="name the certificate authority instead",
        applies=lambda item: item.is_object,
        check=_ssl_ca,
        examples=examples(
            manifest("v1", "ConfigMap", {"data": {"insecureSkipVerify": "false"}}),
            manifest("monitoring.coreos.com/v1", "ServiceMonitor", {"spec": {"tls": {"insecureSkipVerify": True}}}),
        ),
    ),
    Rule(
        id="encryption/volumes",
        severity=Severity.ERROR,
        reason="a disk or a snapshot that leaves the account is read by whoever has it",
        fix='write `encrypted: "true"` among the parameters of the storage class',
        applies=lambda item: item.kind == "StorageClass" and item.text("provisioner") in _ENCRYPTED,
        check=_encrypted,
        examples=examples(
            manifest(*_CLASS, {"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}}),
            manifest(*_CLASS, {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}),
        ),
    ),
)
