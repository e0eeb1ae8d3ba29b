"""Jobs that wait within the Kubernetes cluster until what was installed works, so that others go on only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import pulumi

from dbaas_components.bootstrap.charts import Sources
from dbaas_components.bootstrap.first_passwords import Place
from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.labels import GATE
from dbaas_components.ownership import Ownership
from dbaas_components.versions.tools import PYTHON_IMAGE

_ROLES: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Workload:
    """Pods of one object, which have to be ready."""

    kind: Literal["Deployment", "StatefulSet", "DaemonSet"]
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A Lease that a leader has to hold and to renew."""

    namespace: str
    name: str
    holder: str
    """What the holder's identity begins with: the name of its Deployment and a dash."""


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """A definition and the label that says of which version it is."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class GateJob:
    """What has to be so, and where the Job runs that waits for it."""

    name: str
    namespace: str
    shows: str
    """What is so once the Job has ended well, in words."""
    ownership: Ownership
    sources: Sources
    workloads: Sequence[Workload] = ()
    leases: Sequence[HeldLease] = ()
    definitions: Sequence[DefinitionVersion] = ()
    wait_seconds: int = 900
    pull_secrets: Sequence[str] = ()

    def job(self) -> ProgramJob:
        """The Job."""
        told = {
            "kubernetes": dict(KUBERNETES_API),
            "shows": self.shows,
            "wait_seconds": self.wait_seconds,
            "workloads": [asdict(one) for one in self.workloads],
            "leases": [asdict(one) for one in self.leases],
            "definitions": [asdict(one) for one in self.definitions],
        }
        return ProgramJob(
            name=self.name,
            namespace=self.namespace,
            program="gate",
            modules=("service", "kubernetes_api"),
            configuration=told,
            image=self.sources.image(PYTHON_IMAGE),
            labels=self._labels(),
            # Longer than the Job itself takes: what it says of the reason comes before the engine gives up.
            annotations={GATE: self.shows, "pulumi.com/timeoutSeconds": str(self.wait_seconds + 300)},
            deadline_seconds=self.wait_seconds + 120,
            retries=1,
            pull_secrets=self.pull_secrets,
        )

    def rights(self) -> list[dict[str, Any]]:
        """To get these objects by their names, and nothing else."""
        kinds = sorted({one.kind for one in self.workloads})
        inside = [
            _rule("apps", f"{kind.lower()}s", [one.name for one in self.workloads if one.kind == kind])
            for kind in kinds
        ]
        if self.leases:
            inside.append(_rule("coordination.k8s.io", "leases", [one.name for one in self.leases]))
        metadata = {"name": self.name, "namespace": self.namespace, "labels": self._labels()}
        made = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}]
        made += self._granted("Role", metadata, inside)
        if self.definitions:
            group, names = "apiextensions.k8s.io", [one.name for one in self.definitions]
            everywhere = {"name": f"{self.name}-{self.namespace}", "labels": self._labels()}
            made += self._granted("ClusterRole", everywhere, [_rule(group, "customresourcedefinitions", names)])
        return made

    def _granted(self, kind: str, metadata: dict[str, Any], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"apiVersion": f"{_ROLES}/v1", "kind": kind, "metadata": metadata, "rules": rules},
            {
                "apiVersion": f"{_ROLES}/v1",
                "kind": f"{kind}Binding",
                "metadata": metadata,
                "roleRef": {"apiGroup": _ROLES, "kind": kind, "name": metadata["name"]},
                "subjects": [{"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}],
            },
        ]

    def _labels(self) -> dict[str, str]:
        return self.ownership.labels(component="gate", instance=self.name)


def place_gate(gate: GateJob, role: str, place: Place, behind: Sequence[pulumi.Resource]) -> pulumi.Resource:
    """Makes the Job with what it needs; what depends on it begins when everything is as it must be."""
    program = gate.job()
    # The rights wait for nothing but the namespace; to be behind all the same keeps a failed installation small.
    needed = [place(f"{role}-{one['kind'].lower()}", one, behind) for one in [*gate.rights(), program.config_map()]]
    return place(f"{role}-job", program.job(), [*behind, *needed])


def _rule(group: str, resources: str, names: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": [resources], "resourceNames": sorted(names), "verbs": ["get"]}
