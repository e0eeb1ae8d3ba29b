"""The arguments of `Platform`, all parts of them checked before the first is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from pydantic import BaseModel

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.cert_manager import CertManagerSpec, service_monitor
from dbaas_components.bootstrap.certificate_authority import (
    CertificateAuthoritySpec,
    NamespaceIssuersSpec,
    namespace_issuer_problems,
)
from dbaas_components.bootstrap.charts import Sources
from dbaas_components.bootstrap.claim_labels import ClaimLabelsSpec
from dbaas_components.bootstrap.coroot.spec import CorootSpec
from dbaas_components.bootstrap.external_secrets import ExternalSecretsSpec
from dbaas_components.bootstrap.monitoring import MonitoringSpec
from dbaas_components.bootstrap.namespaces import NamespacesSpec
from dbaas_components.bootstrap.operators.spec import OperatorsSpec
from dbaas_components.bootstrap.platform_completion import complete, serves_monitors
from dbaas_components.bootstrap.pmm.spec import PmmSpec
from dbaas_components.bootstrap.pmm.tokens_spec import PmmTokensSpec
from dbaas_components.bootstrap.portworx.spec import PortworxSpec
from dbaas_components.bootstrap.restore_secrets.spec import RestoreSecretsSpec
from dbaas_components.bootstrap.secret_store import SecretStoreSpec
from dbaas_components.bootstrap.storage_tiers import StorageTiersSpec
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.databases.spec.part import Line, Part
from dbaas_components.errors import Problem, SpecError, one_of
from dbaas_components.observability.dashboards.component import DashboardsSpec
from dbaas_components.observability.fleet_alerts import FleetAlertsSpec
from dbaas_components.ownership import Ownership
from dbaas_components.versions.combinations import combination_problems

_PARTS: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "cloud": StorageTiersSpec,
        "namespaces": NamespacesSpec,
        "cert_manager": CertManagerSpec,
        "certificate_authority": CertificateAuthoritySpec,
        "namespace_issuers": NamespaceIssuersSpec,
        "external_secrets": ExternalSecretsSpec,
        "secret_store": SecretStoreSpec,
        "operators": OperatorsSpec,
        "pmm": PmmSpec,
        "pmm_tokens": PmmTokensSpec,
        "coroot": CorootSpec,
        "vault": VaultSpec,
        "claim_labels": ClaimLabelsSpec,
        "monitoring": MonitoringSpec,
        "fleet_alerts": FleetAlertsSpec,
        "dashboards": DashboardsSpec,
        "portworx": PortworxSpec,
        "restore_secrets": RestoreSecretsSpec,
    }
)
_WITH_SOURCES: Final = frozenset(
    {
        "cert_manager",
        "external_secrets",
        "operators",
        "pmm",
        "pmm_tokens",
        "coroot",
        "vault",
        "claim_labels",
        "monitoring",
    }
)
# What is not an argument of the part itself, but the value of one.
_WRAPPED: Final = ("cloud", "namespaces")


class _Document(Part):
    ownership: Ownership
    sources: Sources = Sources()
    versions: dict[Line, Line] = {}
    priority_classes: bool = True
    cloud: Any = None
    namespaces: Any = None
    cert_manager: Any = None
    certificate_authority: Any = None
    namespace_issuers: Any = None
    external_secrets: Any = None
    secret_store: Any = None
    operators: Any = None
    pmm: Any = None
    pmm_tokens: Any = None
    coroot: Any = None
    vault: Any = None
    claim_labels: Any = None
    monitoring: Any = None
    fleet_alerts: Any = None
    dashboards: Any = None
    portworx: Any = None
    restore_secrets: Any = None


@dataclass(frozen=True, slots=True)
class PlatformSpec:
    """A platform, checked and complete."""

    ownership: Ownership
    priority_classes: bool
    parts: Mapping[str, Any]
    """Arguments of each part that is asked for, by its key."""
    cert_manager_monitor: dict[str, Any] | None = None
    """ServiceMonitor of cert-manager, where its kind comes with a metrics stack that itself needs cert-manager."""


def parse_platform(name: str, args: object) -> PlatformSpec:
    """The platform that `args` ask for. Raises `SpecError` with every problem of every part."""
    subject = f'platform "{name}"'
    problems: list[Problem] = []
    if isinstance(args, Mapping):
        # Told here, so that a misspelt part does not hide what is wrong with the others.
        keyed = cast("Mapping[object, object]", args)
        unknown = [key for key in keyed if isinstance(key, str) and key not in _Document.model_fields]
        problems += [Problem(key, f"is not a known key; {one_of(key, _Document.model_fields)}") for key in unknown]
        args = {key: value for key, value in keyed.items() if key not in unknown}
    document, found = _document(subject, args)
    problems += found
    given = {key: value for key in _PARTS if (value := getattr(document, key)) is not None}
    problems += combination_problems(document.versions)
    parts: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, Mapping) or (key == "namespaces" and isinstance(value, tuple)):
            parts[key] = _arguments(key, value, document)
    complete(parts)
    for key in given:
        if key in parts:
            own = isinstance(given[key], Mapping) and "sources" in given[key]
            problems += [problem if own else _of_all(key, problem) for problem in _problems(key, parts[key])]
        else:
            problems.append(Problem(key, "is not a mapping; write {} for this part with all its defaults"))
    # Of a part that is wrong itself nothing more is to be said.
    wrong = {problem.path.partition(".")[0] for problem in problems}
    problems += [problem for problem in _missing(parts, given) if problem.path.partition(".")[0] not in wrong]
    if problems:
        raise SpecError(subject, list(dict.fromkeys(problems)))
    if "pmm_tokens" in parts and "server" not in parts["pmm_tokens"]:
        parts["pmm_tokens"]["server"] = parse_arguments(PmmSpec, "pmm", parts["pmm"]).server
    return PlatformSpec(document.ownership, document.priority_classes, MappingProxyType(parts), _late_monitor(parts))


def _late_monitor(parts: dict[str, Any]) -> dict[str, Any] | None:
    """The ServiceMonitor that cert-manager's chart cannot bring, because its kind is not there yet; takes it out."""
    cert_manager = parts.get("cert_manager")
    if cert_manager is None or not cert_manager.get("service_monitor") or not serves_monitors(parts):
        return None
    cert_manager["service_monitor"] = False
    spec = parse_arguments(CertManagerSpec, "cert_manager", cert_manager)
    return service_monitor(spec, parts["monitoring"].get("select_labels") or {})


def _document(subject: str, args: object) -> tuple[_Document, list[Problem]]:
    """The arguments, and what is wrong with those that all parts share; these are then as if nobody had given them, so
    that the parts can still be told what is wrong with them. Raises `SpecError` where nothing can be read."""
    try:
        return parse_arguments(_Document, subject, args), []
    except SpecError as error:
        if not isinstance(args, Mapping):
            raise
        problems = list(error.problems)
    given = cast("Mapping[object, object]", args)
    wrong = {problem.path.partition(".")[0].partition("[")[0] for problem in problems}
    rest = {key: value for key, value in given.items() if isinstance(key, str) and key not in wrong}
    # Whose it is has no default. Nothing is made of this.
    stand_in = {"owner": "nobody", "cost_centre": "none", "environment": "none"}
    return parse_arguments(_Document, subject, {"ownership": stand_in, **rest}), problems


def _of_all(key: str, problem: Problem) -> Problem:
    """A problem with what the platform says for all of its parts, at its own place."""
    if not problem.path.startswith(f"{key}.sources."):
        return problem
    return Problem(problem.path.removeprefix(f"{key}."), problem.message)


def _arguments(key: str, value: Any, document: _Document) -> dict[str, Any]:
    own: dict[str, Any] = {key: value} if key in _WRAPPED else dict(cast("Mapping[str, Any]", value))
    own.setdefault("ownership", document.ownership.model_dump())
    sources = document.sources.model_dump(exclude_none=True)
    if key in _WITH_SOURCES and sources:
        own.setdefault("sources", sources)
    return own


def _problems(key: str, arguments: Mapping[str, Any]) -> list[Problem]:
    # What only the platform as a whole knows has a stand-in here.
    known = {"server": "https://pmm"} if key == "pmm_tokens" and "server" not in arguments else {}
    try:
        spec = parse_arguments(_PARTS[key], key, {**arguments, **known})
    except SpecError as error:
        return [_within(key, problem) for problem in error.problems]
    found = namespace_issuer_problems(spec) if isinstance(spec, NamespaceIssuersSpec) else []
    return [_within(key, problem) for problem in found]


def _within(key: str, problem: Problem) -> Problem:
    path = problem.path
    if key not in _WRAPPED:
        path = f"{key}.{path}" if path else key
    return Problem(path, problem.message)


def _missing(parts: Mapping[str, Any], given: Mapping[str, Any]) -> list[Problem]:
    """Parts that others cannot do without, where nobody gave them."""
    problems: list[Problem] = []
    if "pmm_tokens" in parts and "pmm" not in given and "server" not in parts["pmm_tokens"]:
        problems.append(Problem("pmm_tokens.server", "is required where the platform has no pmm; write its address"))
    if not {"external_secrets", "secret_store", "restore_secrets"} & set(given):
        message = (
            "is external_secrets, which then makes the admin's password, and nothing here says that it is there; add "
            "external_secrets: {}, or external_secrets: {existing: true} where somebody else runs it, or write "
            "admin_from: job"
        )
        problems += [
            Problem(f"{key}.admin_from", message)
            for key in ("pmm", "coroot")
            if key in parts and not parts[key].get("external") and _maker(parts[key]) == "external_secrets"
        ]
    return problems


def _maker(part: Mapping[str, Any]) -> str:
    """Who makes an admin's first password."""
    return str(part.get("admin_from", "external_secrets"))
