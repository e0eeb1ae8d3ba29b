"""CustomResourceDefinitions of the platform's own software, beside those of the databases' operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from dbaas_components.bootstrap.definition_bundle import Definition, cached_file
from dbaas_components.bootstrap.definition_sources import DefinitionFile
from dbaas_components.errors import Problem, one_of, shown
from dbaas_components.labels import STAND_IN

_RAW: Final = "https://raw.githubusercontent.com"
# Digests of the files at the tags of these releases.
_CERT_MANAGER: Final = {
    "acme.cert-manager.io_challenges": "dff7542a2ee6581e3963a076410212ad3207201b70df8a328aa50826d569161c",
    "acme.cert-manager.io_orders": "b1e9c938b9724482cc0612aac949b40e062001fc9732234c591f24cb9ffc5ca7",
    "cert-manager.io_certificaterequests": "74cf3801ab146a1745498de5f3b619cde6f2dc89ae03755084be08129ce726c3",
    "cert-manager.io_certificates": "7ad91029c00ec959d54215b19d3b1a9b7e0247eaa60f987151c2b70d8661f8af",
    "cert-manager.io_clusterissuers": "30008001b78aafb8e110af61359561104b5fafc3a4dc6ac0013245d0ee3fe4ca",
    "cert-manager.io_issuers": "05e37efb02777e0362d24269fa103c2fc11419f9c85e31854ef873e5d9e5c5cc",
}


@dataclass(frozen=True, slots=True)
class SoftwareDefinitions:
    """The definitions of one release of a software."""

    version: str
    """Its release, without a `v`; the name of the folder that holds them."""
    needed: tuple[str, ...]
    """Names of definitions without which it would not work."""
    files: tuple[DefinitionFile, ...]
    """Where its maker publishes them, with the digests that they must have."""


def _cert_manager(version: str) -> SoftwareDefinitions:
    folder = f"{_RAW}/cert-manager/cert-manager/v{version}/deploy/crds"
    files = tuple(
        DefinitionFile("cert-manager", version, f"{folder}/{name}.yaml", sha) for name, sha in _CERT_MANAGER.items()
    )
    needed = tuple(f"{name.partition('_')[2]}.{name.partition('_')[0]}" for name in _CERT_MANAGER)
    return SoftwareDefinitions(version, needed, files)


def _external_secrets(version: str) -> SoftwareDefinitions:
    url = f"{_RAW}/external-secrets/external-secrets/v{version}/deploy/crds/bundle.yaml"
    digest = "08b08d88e9522436698d6c90510b530d491081fbf92015faa7a571bb8b50bc5b"
    file = DefinitionFile("external-secrets", version, url, digest)
    kinds = ("externalsecrets", "clustersecretstores", "secretstores", "pushsecrets")
    needed = (*(f"{kind}.external-secrets.io" for kind in kinds), "passwords.generators.external-secrets.io")
    return SoftwareDefinitions(version, needed, (file,))


SOFTWARE: Final[Mapping[str, SoftwareDefinitions]] = MappingProxyType(
    {"cert-manager": _cert_manager("1.21.1"), "external-secrets": _external_secrets("2.9.0")}
)
"""By the name of the chart that installs it."""


def read_software(folder: Path, software: Sequence[str], cache: Path) -> tuple[list[Definition], list[Problem]]:
    """Every definition of the software in `folder`, laid out as `<software>/<version>/<any name>.yaml`, and what is
    wrong with it: unknown names, a missing folder, a file that cannot be read, definitions that are needed and not
    there."""
    found: list[Definition] = []
    problems: list[Problem] = []
    for index, name in enumerate(software):
        if name not in SOFTWARE:
            message = f"{shown(name)} is no software with definitions; {one_of(str(name), SOFTWARE)}"
            problems.append(Problem(f"software[{index}]", message))
            continue
        pinned = SOFTWARE[name]
        definitions, reason = _read(folder / name / pinned.version, cache)
        there = {definition["metadata"]["name"] for definition in definitions}
        if reason is None and (missing := [one for one in pinned.needed if one not in there]):
            reason = f"lacks {', '.join(missing)}"
        if reason is not None:
            place = folder / name / pinned.version
            message = f'"{place}" {reason}; put the definitions of {name} {pinned.version} there'
            problems.append(Problem("folder", message))
        found += definitions
    return found, problems


def _read(place: Path, cache: Path) -> tuple[list[Definition], str | None]:
    if not place.is_dir():
        return [], "is not a folder"
    found: list[Definition] = []
    for path in sorted(place.iterdir()):
        if path.suffix not in {".yaml", ".yml", ".json"}:
            continue
        try:
            found += cached_file(path, cache)
        except (ValueError, yaml.YAMLError) as error:
            return [], f"holds {path.name}, which cannot be read ({str(error).partition(chr(10))[0]})"
    return found, None


# Kinds that a platform makes objects of, and those that the software itself makes: plural, kind, whether namespaced.
_KINDS: Final[Mapping[str, tuple[tuple[str, str, str, str, bool], ...]]] = MappingProxyType(
    {
        "cert-manager": (
            ("acme.cert-manager.io", "v1", "challenges", "Challenge", True),
            ("acme.cert-manager.io", "v1", "orders", "Order", True),
            ("cert-manager.io", "v1", "certificaterequests", "CertificateRequest", True),
            ("cert-manager.io", "v1", "certificates", "Certificate", True),
            ("cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", False),
            ("cert-manager.io", "v1", "issuers", "Issuer", True),
        ),
        "external-secrets": (
            ("external-secrets.io", "v1", "externalsecrets", "ExternalSecret", True),
            ("external-secrets.io", "v1", "clustersecretstores", "ClusterSecretStore", False),
            ("external-secrets.io", "v1", "secretstores", "SecretStore", True),
            ("external-secrets.io", "v1alpha1", "pushsecrets", "PushSecret", True),
            ("generators.external-secrets.io", "v1alpha1", "passwords", "Password", True),
        ),
    }
)


def write_software_stand_ins(folder: Path) -> list[Path]:
    """Writes stand-ins for the definitions of all software, which take any field, and returns their files.

    For machines on which the official ones are not at hand. They let objects of these kinds be made, and judge nothing.
    """
    written: list[Path] = []
    for name, kinds in _KINDS.items():
        path = folder / name / SOFTWARE[name].version / "stand-ins.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump_all([_stand_in(*kind) for kind in kinds], sort_keys=False))
        written.append(path)
    return written


def _stand_in(group: str, version: str, plural: str, kind: str, namespaced: bool) -> dict[str, Any]:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": dict(anything), "status": dict(anything)}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {STAND_IN: "takes any field; not the maker's own definition"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def named(definitions: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Definitions by their name; of two of one name the later."""
    return {definition["metadata"]["name"]: definition for definition in definitions}
