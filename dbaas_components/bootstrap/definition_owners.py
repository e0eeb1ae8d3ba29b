"""Definitions that another tool goes on managing: taking them over would start a fight, or lose every database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi

from dbaas_components.bootstrap.live_cluster import engine_can_ask, look
from dbaas_components.databases.live import TIMEOUT_SECONDS, cluster_refusals
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient


@dataclass(frozen=True, slots=True)
class Manager:
    """A tool that marks what it manages and sets it right again, or deletes it, when it runs next."""

    called: str
    mark: str
    """Label or annotation that holds the name of the application, release or bundle."""
    namespace: str = ""
    """Label or annotation that holds its namespace."""


# Marks as these tools write them: Helm 3, Argo CD, Flux (kustomize- and helm-controller), Operator Lifecycle Manager.
_MANAGERS: Final = (
    Manager("Helm release", "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"),
    Manager("Argo CD application", "argocd.argoproj.io/tracking-id"),
    Manager("Argo CD application", "argocd.argoproj.io/instance"),
    Manager("Flux Kustomization", "kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace"),
    Manager("Flux HelmRelease", "helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"),
    Manager("Operator Lifecycle Manager", "olm.managed"),
)


def owner_problem(metadata: Mapping[str, Any]) -> str | None:
    """Why a definition with this metadata, as it is in the cluster, is not ours to take; None where it is.

    What was applied by hand, or came once from a chart's `crds` folder, has no such mark: nobody comes back to it.
    """
    marks: dict[str, Any] = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    for manager in _MANAGERS:
        owner = marks.get(manager.mark)
        if not owner:
            continue
        name = metadata["name"]
        where = marks.get(manager.namespace) if manager.namespace else None
        whose = f"{manager.called} {where}/{owner}" if where else f"{manager.called} {owner}"
        return (
            f"definition {name} belongs to {whose}, which would set it back, or delete it with every database of its "
            "kind; take definitions out of it there (a Helm release keeps what bears the annotation "
            f"helm.sh/resource-policy: keep), then take the mark away (kubectl annotate crd {name} {manager.mark}-, or "
            "kubectl label), or write take_over: true here once nothing manages it any more"
        )
    return None


class OwnerCheck:
    """Looks at each definition of a component in the cluster before it is made."""

    def __init__(self, component: pulumi.ComponentResource, name: str) -> None:
        self._component = component
        self._name = name
        self._definitions: dict[str, str] = {}
        self._silent = False

    def add(self, resource: str, definition: str) -> None:
        """The resource of this Pulumi name stands for this definition."""
        self._definitions[resource] = definition

    def binding(self) -> pulumi.ResourceHookBinding | None:
        """The hooks of each such resource; None where no engine can ask."""
        if not engine_can_ask():
            return None
        # The same name in every run: the engine writes it into the state.
        name = f"{self._name}: look who owns definitions"
        hook = pulumi.ResourceHook(name, self._check, pulumi.ResourceHookOptions(on_dry_run=True))
        # Not before an update: then it is this stack's.
        return pulumi.ResourceHookBinding(before_create=[hook])

    async def _check(self, args: pulumi.ResourceHookArgs) -> None:
        definition = self._definitions[args.name]
        try:
            found = await look(self._component, lambda client: _metadata(client, definition))
        except SpecError as error:
            if not self._silent:
                pulumi.log.info(f"not looked who owns definitions: {error}", self._component)
            self._silent = True
            return
        if found and (sentence := owner_problem(found)):
            raise SpecError(f'custom resource definitions "{self._name}"', [Problem("", sentence)])


def _metadata(client: ApiClient, definition: str) -> Mapping[str, Any] | None:
    """Metadata of one definition; None where it is not there."""
    from kubernetes.client import ApiException, CustomObjectsApi

    with cluster_refusals(f"definition {definition}"):
        try:
            # Plain, as no typed answer would be: those of other versions than the client's lose what it does not know.
            found: Any = CustomObjectsApi(client).get_cluster_custom_object(
                "apiextensions.k8s.io", "v1", "customresourcedefinitions", definition, _request_timeout=TIMEOUT_SECONDS
            )
        except ApiException as error:
            if cast("Any", error).status == HTTPStatus.NOT_FOUND:
                return None
            raise
    return cast("Mapping[str, Any]", found["metadata"])
