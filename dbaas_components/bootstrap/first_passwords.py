"""First passwords of admins, made within the Kubernetes cluster by whoever is there.

The value passes through no program and no state: External Secrets or a Job makes it and puts it into a Secret, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import pulumi

from dbaas_components.bootstrap.charts import Sources
from dbaas_components.bootstrap.jobs import KUBERNETES_API, ProgramJob
from dbaas_components.labels import GATE
from dbaas_components.ownership import Ownership
from dbaas_components.versions.tools import PYTHON_IMAGE

Maker = Literal["external_secrets", "job", "existing"]
"""Who makes it: a generator of External Secrets, a Job, or nobody, because the Secret is there."""

_LENGTH: Final = 32
_ROLES: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """A password and the Secret that it goes into."""

    namespace: str
    secret: str
    key: str
    component: str
    """Whose admin it is, for labels and names: `pmm`."""
    ownership: Ownership
    sources: Sources
    pull_secrets: Sequence[str] = ()

    def generated(self) -> list[dict[str, Any]]:
        """Has External Secrets 2.9.0 make it: the generator, and the ExternalSecret that uses it once."""
        generator = {
            "apiVersion": "generators.external-secrets.io/v1alpha1",
            "kind": "Password",
            "metadata": self._metadata(self.secret),
            # Letters and digits: whatever reads it needs no quotes.
            "spec": {"length": _LENGTH, "digits": 8, "symbols": 0, "noUpper": False, "allowRepeat": True},
        }
        reference = {"apiVersion": generator["apiVersion"], "kind": "Password", "name": self.secret}
        target: dict[str, Any] = {
            "name": self.secret,
            # It outlives this object, and a second password, which would open nothing, cannot take its place.
            "creationPolicy": "Orphan",
            "deletionPolicy": "Retain",
            "immutable": True,
            "template": {"engineVersion": "v2", "data": {self.key: "{{ .password }}"}},
        }
        secret = {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {**self._metadata(self.secret), "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
            "spec": {
                "refreshPolicy": "CreatedOnce",
                "target": target,
                "dataFrom": [{"sourceRef": {"generatorRef": reference}}],
            },
        }
        return [generator, secret]

    def job(self) -> ProgramJob:
        """Has a Job make it, where there is no External Secrets."""
        name = f"{self.component}-first-password"
        configuration = {
            "name": self.secret,
            "namespace": self.namespace,
            "key": self.key,
            "length": _LENGTH,
            "labels": self.ownership.labels(component="credentials"),
            "kubernetes": dict(KUBERNETES_API),
        }
        return ProgramJob(
            name=name,
            namespace=self.namespace,
            program="first_password",
            modules=("service", "kubernetes_api"),
            configuration=configuration,
            image=self.sources.image(PYTHON_IMAGE),
            labels=self.ownership.labels(component=name, instance=name),
            annotations={GATE: f"the admin of {self.component} has a password"},
            deadline_seconds=600,
            pull_secrets=self.pull_secrets,
        )

    def rights(self) -> list[dict[str, Any]]:
        """What that Job may do: look at this Secret, and make Secrets in this namespace."""
        name = self.job().name
        rules: list[dict[str, Any]] = [
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [self.secret], "verbs": ["get"]},
            # Kubernetes cannot tie the making of an object to a name.
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
        ]
        metadata = self._metadata(name)
        return [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
            {"apiVersion": f"{_ROLES}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
            {
                "apiVersion": f"{_ROLES}/v1",
                "kind": "RoleBinding",
                "metadata": metadata,
                "roleRef": {"apiGroup": _ROLES, "kind": "Role", "name": name},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": self.namespace}],
            },
        ]

    def _metadata(self, name: str) -> dict[str, Any]:
        labels = self.ownership.labels(component=self.component, instance=self.component)
        return {"name": name, "namespace": self.namespace, "labels": labels}


class Place(Protocol):
    """How a component makes one of its objects."""

    def __call__(
        self, role: str, manifest: dict[str, Any], behind: Sequence[pulumi.Resource], **leaf: Any
    ) -> pulumi.Resource:
        """Makes it under a role, after others, with further options."""
        ...


def place_first_password(
    password: FirstPassword, maker: Maker, place: Place, before: Sequence[pulumi.Resource], kept: Mapping[str, Any]
) -> list[pulumi.Resource]:
    """Has the chosen one make the password, and gives what has to be waited for; nothing if it is there already."""
    if maker == "existing":
        return []
    if maker == "external_secrets":
        generator, secret = password.generated()
        made = place("admin-generator", generator, before)
        return [made, place("admin", secret, [*before, made], **kept)]
    program = password.job()
    needed = [place(f"admin-{one['kind'].lower()}", one, before) for one in [*password.rights(), program.config_map()]]
    return [place("admin-job", program.job(), [*before, *needed])]
