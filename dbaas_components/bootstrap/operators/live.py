"""Has the engine look, in a preview already, whether an operator runs that another one would fight with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi

from dbaas_components.bootstrap.live_cluster import engine_can_ask, look
from dbaas_components.bootstrap.operators.installed import FoundOperator, installed_problem, operators_among
from dbaas_components.bootstrap.operators.rows import OPERATORS
from dbaas_components.bootstrap.operators.spec import Installation
from dbaas_components.databases.live import TIMEOUT_SECONDS, cluster_refusals
from dbaas_components.errors import Problem, SpecError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_PAGE: Final = 500


class InstalledCheck:
    """One look at the cluster for all operators of a component."""

    def __init__(self, component: pulumi.ComponentResource, name: str) -> None:
        self._component = component
        self._name = name
        self._places: dict[str, tuple[Installation, str]] = {}
        self._found: list[FoundOperator] | None = None

    def add(self, resource: str, installation: Installation, engine: str) -> None:
        """The resource of this Pulumi name stands for the operator of an engine."""
        self._places[resource] = (installation, engine)

    def binding(self) -> pulumi.ResourceHookBinding | None:
        """The hooks of each such resource; None where no engine can ask."""
        if not engine_can_ask():
            return None
        # The same name in every run: the engine writes it into the state.
        name = f"{self._name}: look for operators that run already"
        hook = pulumi.ResourceHook(name, self._check, pulumi.ResourceHookOptions(on_dry_run=True))
        return pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    async def _check(self, args: pulumi.ResourceHookArgs) -> None:
        installation, engine = self._places[args.name]
        found = await self._operators()
        sentence = installed_problem(installation, OPERATORS[engine], found, new=args.old_inputs is None)
        if sentence:
            raise SpecError(f'operators "{self._name}"', [Problem("", sentence)])

    async def _operators(self) -> list[FoundOperator]:
        if self._found is None:
            try:
                self._found = operators_among(await look(self._component, _deployments))
            except SpecError as error:
                pulumi.log.info(f"not looked whether other operators run already: {error}", self._component)
                self._found = []
        return self._found


def _deployments(client: ApiClient) -> list[Mapping[str, Any]]:
    """Every Deployment of the cluster, plain."""
    from kubernetes.client import AppsV1Api

    api, found, following = cast("Any", AppsV1Api(client)), list[Mapping[str, Any]](), None
    with cluster_refusals("Deployments"):
        while True:
            page = api.list_deployment_for_all_namespaces(
                limit=_PAGE, _continue=following, _request_timeout=TIMEOUT_SECONDS
            )
            found += [cast("Any", client).sanitize_for_serialization(one) for one in page.items]
            following = page.metadata._continue
            if not following:
                return found
