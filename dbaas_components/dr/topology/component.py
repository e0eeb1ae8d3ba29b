"""`DatabaseTopology`: one database over several regions."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi

from dbaas_components.base import Component
from dbaas_components.databases.arguments import ManagedDatabaseArgs
from dbaas_components.databases.engine import Placed
from dbaas_components.databases.managed import ManagedDatabase
from dbaas_components.dr.topology.arguments import DatabaseTopologyArgs, RegionArgs
from dbaas_components.kubernetes_objects import KubernetesObject, type_token

if TYPE_CHECKING:
    from dbaas_components.dr.topology.design import Design
    from dbaas_components.dr.topology.plan import SitePlan
    from dbaas_components.errors import Problem

# The databases of each program that runs. Weak, because a program's loop must not live on for this.
_TAKEN: Final[weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str, str], str]]] = (
    weakref.WeakKeyDictionary()
)


class TopologyOutputs(Component):
    """What a topology says of itself."""

    sites: pulumi.Output[dict[str, Any]]
    """By region that is present: `name`, `namespace`, `kind`, `write_endpoint`, `credentials`, `ca` of its database."""
    engine: pulumi.Output[str]
    """`pxc`, `ps`, `psmdb` or `pg`."""
    mode: pulumi.Output[str]
    """How the standbys follow."""
    primary_region: pulumi.Output[str]
    """Region that the program names; the failover tool's record says which one is primary now."""
    epoch: pulumi.Output[int]
    """Number of the first lease epoch."""
    roles: pulumi.Output[dict[str, Any]]
    """For the failover tool, by region: the custom resource, what fences it, and the fields of its role by primary."""
    lag_limit: pulumi.Output[dict[str, Any] | None]
    """`bytes`, `seconds` and `measure`, or None."""
    limits: pulumi.Output[list[str]]
    """What the engine cannot do, in sentences."""
    traffic_ttl: pulumi.Output[int | None]
    """Seconds that clients may still go to the old site, or None without `traffic`."""
    traffic: pulumi.Output[dict[str, Any] | None]
    """By region `kind` and `name` of the Service that clients follow, or None where they follow none."""
    record: pulumi.Output[dict[str, Any] | None]
    """The cloud's record that clients follow: `kind`, `zone`, `name`, `type`, `project`; or None."""


class DatabaseTopology(TopologyOutputs):
    """A database in one region and its standbys in others, for all four engines.

    It makes one `ManagedDatabase` for each region with that region's provider, and what the engine needs on all sides:
    ways in, channels, shared Secrets, certificates, bucket paths, network rules. Who is primary is said once, when the
    databases are made; from then on the fields of the role belong to the failover tool, and an update leaves them be.
    """

    def __init__(self, name: str, args: DatabaseTopologyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        from dbaas_components.databases.change_hooks import component_inputs, guarded_options
        from dbaas_components.dr.topology.clusters import different_clusters
        from dbaas_components.dr.topology.parsing import parse_topology
        from dbaas_components.errors import SpecError

        try:
            design = parse_topology(name, args)
        except SpecError as error:
            raise SpecError(error.subject, [*error.problems, *_provider_problems(args)]) from None
        topology = design.topology
        present = topology.regions_present or tuple(topology.regions)
        given = args["regions"]
        # Taken only by a topology that is made: a refused one holds nothing.
        problems = _provider_problems(args) or _topology_problems(design)
        _refuse(design, problems or _place_problems(design, args, present))
        _take(name, design)
        checked = different_clusters(topology.name, {region: _provider(given[region]) for region in present})
        self.begin(name, guarded_options(opts), component_inputs(topology.engine))
        self._databases: dict[str, ManagedDatabase] = {}
        self._behind: list[pulumi.Resource] = []
        pushes: list[pulumi.Resource] = []
        # The primary first: its Secrets are what a standby is made with.
        for region in sorted(present, key=lambda one: one != topology.primary_region):
            pushes += self._site(design, region, given[region], [checked, *pushes])
        self._record(design, present, args.get("traffic_provider"))
        self.publish(*self._behind, **self._outputs(design))

    def _site(
        self, design: "Design", region: str, given: RegionArgs, gates: Sequence[pulumi.Input[pulumi.Resource]]
    ) -> list[pulumi.Resource]:
        """Registers one site behind its gates; its pushed Secrets, if it is the primary."""
        from dbaas_components.dr.topology.plan import plan

        planned, provider = plan(design, region), _provider(given)
        gates = [*given.get("depends_on", ()), *gates]
        before = [self._place(region, one, provider, gates, ()) for one in planned.before]
        options = self.child_options(
            providers=[provider],
            depends_on=[*gates, *before],
            transformations=[_leaving_roles(planned)],
        )
        arguments = cast("ManagedDatabaseArgs", planned.arguments)
        database = ManagedDatabase(self.child_name(region), arguments, options)
        after = [
            self._place(region, one, provider, [*gates, database], _ignored(planned, one)) for one in planned.after
        ]
        self._databases[region] = database
        self._behind += [*before, database, *after]
        return [
            one for one, placed in zip(after, planned.after, strict=True) if placed.manifest["kind"] == "PushSecret"
        ]

    def _place(
        self,
        region: str,
        placed: Placed,
        provider: pulumi.ProviderResource,
        behind: Sequence[pulumi.Input[pulumi.Resource]],
        ignored: Sequence[str],
    ) -> KubernetesObject:
        options = self.child_options(provider=provider, depends_on=list(behind), ignore_changes=list(ignored) or None)
        role = f"{region}-{placed.role}"
        if placed.manifest["kind"] in {"PushSecret", "ExternalSecret"}:
            role = f"{region}-shared-{placed.role}"
        return KubernetesObject(self.child_name(role), placed.manifest, options)

    def _record(self, design: "Design", present: Sequence[str], provider: pulumi.ProviderResource | None) -> None:
        from dbaas_components.dr.topology.plan import target
        from dbaas_components.dr.traffic.records import is_record, register

        traffic = design.topology.traffic
        # One record for all: of several stacks, the one of the first region has it, whatever is primary.
        if traffic is None or not is_record(traffic) or next(iter(design.sites)) not in present:
            return
        options = self.child_options(provider=provider, depends_on=list(self._databases.values()))
        self._behind.append(register(self.child_name("traffic"), traffic, target(design.primary), options))

    def _outputs(self, design: "Design") -> dict[str, Any]:
        from dbaas_components.dr.topology.handover import plain_outputs

        shown = ("name", "namespace", "api_version", "kind", "write_endpoint", "credentials", "ca")
        sites = {region: {key: getattr(database, key) for key in shown} for region, database in self._databases.items()}
        return {"sites": sites, **plain_outputs(design)}


def _provider(given: RegionArgs) -> pulumi.ProviderResource:
    return cast("pulumi.ProviderResource", given.get("provider"))  # Required, and checked before.


def _leaving_roles(
    planned: "SitePlan",
) -> Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]:
    """Has the custom resource of a site's database leave the fields of its role to the failover tool.

    From outside, because a database knows nothing of topologies.
    """
    from dbaas_components.databases.engines import ENGINES

    engine = ENGINES[planned.site.spec.engine]
    token = type_token(engine.api_version, engine.kind)

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != token:
            return None
        known: Any = args.opts.ignore_changes or []
        args.opts.ignore_changes = list(dict.fromkeys([*known, *planned.ignored["database"]]))
        return pulumi.ResourceTransformationResult(args.props, args.opts)

    return transform


def _ignored(planned: "SitePlan", placed: Placed) -> tuple[str, ...]:
    objects = {"cluster-set": "cluster_set", "traffic": "traffic"}
    return planned.ignored[objects[placed.role]] if placed.role in objects else ()


def _refuse(design: "Design", problems: "list[Problem]") -> None:
    if problems:
        from dbaas_components.errors import SpecError

        raise SpecError(f'topology "{design.topology.name}"', problems)


def _provider_problems(args: DatabaseTopologyArgs) -> "list[Problem]":
    """What is wrong with the providers of the regions that are present, as far as `args` have any."""
    from dbaas_components.errors import Problem, shown

    # What the parser refuses comes here too.
    arguments = cast("Mapping[str, Any]", args if isinstance(cast("object", args), Mapping) else {})
    given = arguments.get("regions")
    if not isinstance(given, Mapping):
        return []
    regions = cast("Mapping[str, Any]", given)
    present: Any = arguments.get("regions_present") or tuple(regions)
    problems: list[Problem] = []
    known: dict[int, str] = {}
    for region in [one for one in regions if one in present and isinstance(regions[one], Mapping)]:
        provider = regions[region].get("provider")
        where = f"regions.{region}.provider"
        if provider is None:
            message = "is required for a region that is present; write the Kubernetes provider of its cluster"
            problems.append(Problem(where, message))
        elif not isinstance(provider, pulumi.ProviderResource) or provider.package != "kubernetes":
            told = shown(provider) if isinstance(provider, str) else f"a {type(provider).__name__}"
            problems.append(Problem(where, f"{told} is no Kubernetes provider; write pulumi_kubernetes.Provider(...)"))
        elif (other := known.setdefault(id(provider), region)) != region:
            message = f"is that of region {other} too, and two regions that are one are no topology; write another"
            problems.append(Problem(where, message))
    return problems


def _place_problems(design: "Design", args: DatabaseTopologyArgs, present: Sequence[str]) -> "list[Problem]":
    """Sites whose name in their namespace is that of another component's database, by the provider of their cluster.

    Each site's own database would be refused as well, after half of the topology was registered.
    """
    from dbaas_components.databases.places_taken import place_problem
    from dbaas_components.errors import Problem

    problems: list[Problem] = []
    for region in present:
        spec, provider = design.sites[region].spec, args["regions"][region].get("provider")
        if told := place_problem(provider, spec.namespace, spec.name):
            problems.append(Problem(f"regions.{region}.database.name", told))
    return problems


def _taken() -> dict[tuple[str, str, str], str]:
    try:
        return _TAKEN.setdefault(asyncio.get_running_loop(), {})
    except RuntimeError:
        return {}  # No program runs.


def _keys(design: "Design") -> list[tuple[str, str, str]]:
    return [(site.region, site.spec.namespace, site.spec.name) for site in design.sites.values()]


def _topology_problems(design: "Design") -> "list[Problem]":
    """The databases that another topology of the same program has already, in regions that are not present too."""
    from dbaas_components.errors import Problem

    taken = _taken()
    return [
        Problem(
            f"regions.{region}",
            f'database "{database}" in namespace {namespace} is of topology "{taken[region, namespace, database]}" '
            "already, and two topologies would move its role against each other; name another database",
        )
        for region, namespace, database in _keys(design)
        if (region, namespace, database) in taken
    ]


def _take(name: str, design: "Design") -> None:
    """Makes the databases this topology's."""
    _taken().update(dict.fromkeys(_keys(design), name))
