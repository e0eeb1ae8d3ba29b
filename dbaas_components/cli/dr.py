"""`dbaas dr`: status, plan, switchover, failover, failback, rejoin, gameday, and the document they read."""

from __future__ import annotations

import getpass
import json
import socket
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.tables import add_row, output, print_table, table

if TYPE_CHECKING:
    from collections.abc import Generator

    from dbaas_components.dr.failover.evidence import Evidence
    from dbaas_components.dr.failover.foresight import Foresight
    from dbaas_components.dr.failover.verbs import Order, Setting

_Topology = Annotated[Path, typer.Option("--topology", "-t", help="The topology's document.", show_default=True)]
_Folder = Annotated[Path, typer.Option("--evidence", help="Folder of the evidence records.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for automation.")]
_Dry = Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")]
_Timeout = Annotated[float, typer.Option("--timeout", help="Seconds that one step may wait.", min=1)]
_By = Annotated[str, typer.Option("--by", help="Who does it, for the evidence.", show_default="user@host")]
_Lag = Annotated[
    str, typer.Option("--lag", help='Lag that you measured, where nothing else measures it: "0 bytes" or "3 s".')
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_TOPOLOGY = Path("topology.json")
_FOLDER = Path(".dbaas/dr")
_TIMEOUT = 900.0


def dr_app(guarded: Callable[[Callable[..., None]], Callable[..., None]]) -> typer.Typer:
    """The group of commands; `guarded` tells refusals in one message."""
    app = typer.Typer(no_args_is_help=True, help="Disaster recovery of one topology: who takes writes, and the change.")
    commands: dict[str, Callable[..., None]] = {
        "status": status_command,
        "plan": plan_command,
        "switchover": switchover_command,
        "failover": failover_command,
        "failback": failback_command,
        "rejoin": rejoin_command,
        "gameday": gameday_command,
        "document": document_command,
        "witness": witness_command,
    }
    for name, command in commands.items():
        app.command(name)(guarded(command))
    return app


def status_command(topology: _Topology = _TOPOLOGY, as_json: _Json = False) -> None:
    """Show the lease, and of every region its role, its database, what its agent says and what is taken against it."""
    import dataclasses

    from dbaas_components.dr.failover.access import open_connections
    from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable
    from dbaas_components.dr.failover.document import read_document
    from dbaas_components.dr.failover.live import Live, primary_of
    from dbaas_components.dr.failover.measuring import Measures

    live = Live(open_connections(read_document(topology)))
    lease, unread = None, ""
    try:
        lease = live.lease()
    except (ClusterUnreachable, ClusterRefused) as error:
        # The regions are shown all the same: this is asked where something is lost.
        unread = str(error)
    primary = "" if unread else primary_of(live.document, lease)
    sites = live.sites()
    known = {region: Measures(live).read(region, primary) for region in sites}
    if as_json:
        found = {
            "lease": lease.model_dump(mode="json") if lease else None,
            "lease_problem": unread,
            "regions": {
                region: {
                    "role": str(one.role),
                    "problem": one.problem,
                    "state": one.reading.state if one.reading else None,
                    "writes": str(one.reading.writes) if one.reading and one.reading.writes else None,
                    "agent": one.report.model_dump(mode="json") if one.report else None,
                    "measures": [dataclasses.asdict(measure) for measure in known[region]],
                }
                for region, one in sites.items()
            },
        }
        typer.echo(json.dumps(found, indent=2))
        _refuse_unread(unread)
        return
    console = output()
    held = f"{lease.holder}, epoch {lease.epoch}{', released' if lease.released else ''}" if lease else "nobody's yet"
    held = "not known" if unread else held
    console.print(f"lease ({live.connections.lease.place}): {held}", markup=False)
    rows = table("region", "role", "state", "writes", "lag", "agent")
    for region, one in sites.items():
        reading, report = one.reading, one.report
        add_row(
            rows,
            region,
            "?" if one.problem else str(one.role),
            reading.state if reading else "",
            str(reading.writes) if reading and reading.writes else "not known",
            report.lag if report else "",
            one.problem or (report.reason if report else "never spoke; see whether its pod runs"),
        )
    print_table(console, rows)
    console.print("measures beside the fence, as they are read back now; none of them is a proof:", markup=False)
    measures = table("region", "measure", "state", "read back")
    for region, found in known.items():
        for one in found:
            add_row(measures, region, one.name, str(one.state), one.value)
    print_table(console, measures)
    _refuse_unread(unread)


def _refuse_unread(unread: str) -> None:
    """Ends `status` as a failure where it could not say whose the lease is."""
    if unread:
        raise Refusal(f"{unread}; nothing was changed by this look")


def plan_command(
    verb: Annotated[str, typer.Argument(help="switchover, failover, failback or gameday.")],
    region: Annotated[str, typer.Argument(help="The region that is to be primary.")],
    topology: _Topology = _TOPOLOGY,
    as_json: _Json = False,
) -> None:
    """Show what a verb would do, the proofs that there are and that are missing, and the time it would take."""
    if verb not in ("switchover", "failover", "failback", "gameday"):
        raise Refusal(f'"{verb}" is no verb that can be planned; write switchover, failover, failback or gameday')
    order, setting = _prepared(verb, region, topology, _FOLDER, _TIMEOUT, "")
    foresight = _foresight(order, setting)
    if as_json:
        import dataclasses

        told = {**dataclasses.asdict(foresight), "rto_seconds": foresight.rto_seconds}
        typer.echo(json.dumps(told, indent=2))
        return
    _tell(foresight)


def switchover_command(
    region: Annotated[str, typer.Argument(help="The region that is to be primary.")],
    topology: _Topology = _TOPOLOGY,
    evidence: _Folder = _FOLDER,
    yes: _Yes = False,
    dry_run: _Dry = False,
    timeout: _Timeout = _TIMEOUT,
    by: _By = "",
    lag: _Lag = "",
) -> None:
    """Change the primary as planned: no acknowledged write is lost."""
    order, setting = _prepared("switchover", region, topology, evidence, timeout, by, stated_lag=lag)
    _carry_out(order, setting, yes=yes, dry_run=dry_run)


def failover_command(
    region: Annotated[str, typer.Argument(help="The region that is to be primary.")],
    topology: _Topology = _TOPOLOGY,
    evidence: _Folder = _FOLDER,
    yes: _Yes = False,
    dry_run: _Dry = False,
    timeout: _Timeout = _TIMEOUT,
    by: _By = "",
    lag: _Lag = "",
    accept_data_loss: Annotated[
        str, typer.Option("--accept-data-loss", metavar="NAME", help="Promote whatever the lag is. Names the database.")
    ] = "",
    override_fencing: Annotated[
        str,
        typer.Option("--override-fencing", metavar="NAME", help="Promote without proof that the old primary is out."),
    ] = "",
    force_reconfiguration: Annotated[
        str,
        typer.Option("--force-reconfiguration", metavar="NAME", help="psmdb: drop the lost members from the set."),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why an override was needed, for the evidence.")] = "",
) -> None:
    """Change the primary while its region is lost. Without a proof that the old one is out, nothing is promoted."""
    order, setting = _prepared(
        "failover",
        region,
        topology,
        evidence,
        timeout,
        by,
        stated_lag=lag,
        accept_data_loss=accept_data_loss,
        override_fencing=override_fencing,
        force_reconfiguration=force_reconfiguration,
        reason=reason,
    )
    if force_reconfiguration and not dry_run:
        _confirm_name(force_reconfiguration, yes=yes)
    _carry_out(order, setting, yes=yes, dry_run=dry_run)


def failback_command(
    region: Annotated[str, typer.Argument(help="Default: the region that was primary first.")] = "",
    topology: _Topology = _TOPOLOGY,
    evidence: _Folder = _FOLDER,
    yes: _Yes = False,
    dry_run: _Dry = False,
    timeout: _Timeout = _TIMEOUT,
    by: _By = "",
    lag: _Lag = "",
) -> None:
    """Bring the primary back once its first region follows again: a planned change."""
    from dbaas_components.dr.failover.document import read_document

    target = region or read_document(topology).primary_region
    order, setting = _prepared("failback", target, topology, evidence, timeout, by, stated_lag=lag)
    _carry_out(order, setting, yes=yes, dry_run=dry_run)


def gameday_command(
    region: Annotated[str, typer.Argument(help="The region that is primary in between.")],
    topology: _Topology = _TOPOLOGY,
    evidence: _Folder = _FOLDER,
    yes: _Yes = False,
    dry_run: _Dry = False,
    timeout: _Timeout = _TIMEOUT,
    by: _By = "",
    lag: _Lag = "",
) -> None:
    """Rehearse: a planned change and the way back, with all checks."""
    order, setting = _prepared("gameday", region, topology, evidence, timeout, by, stated_lag=lag)
    _carry_out(order, setting, yes=yes, dry_run=dry_run)


def rejoin_command(
    region: Annotated[str, typer.Argument(help="The fenced region that is to follow the primary.")],
    topology: _Topology = _TOPOLOGY,
    evidence: _Folder = _FOLDER,
    yes: _Yes = False,
    timeout: _Timeout = _TIMEOUT,
    by: _By = "",
    rebuild: Annotated[
        str, typer.Option("--rebuild", metavar="NAME", help="Its data may be replaced. Names the database.")
    ] = "",
    delete_volumes: Annotated[
        str,
        typer.Option(
            "--delete-volumes",
            metavar="NAME",
            help="The volumes of its data may be deleted, no others. Names the database.",
        ),
    ] = "",
    seeded: Annotated[bool, typer.Option("--seeded", help="You put a copy of the primary there yourself.")] = False,
) -> None:
    """Let a fenced region follow the primary again: with its data where that is proved, else with a new copy."""
    from dbaas_components.dr.failover.verbs import rejoin

    order, setting = _prepared(
        "rejoin", region, topology, evidence, timeout, by, rebuild=rebuild, delete_volumes=delete_volumes, seeded=seeded
    )
    if rebuild:
        _ask(f"the data of {region} will be replaced", yes=yes)
    _run(rejoin, order, setting)


def document_command(
    name: Annotated[str, typer.Argument(help="Name of the topology.")],
    outputs: Annotated[Path, typer.Option("--outputs", help="JSON of the topology's outputs.")],
    cluster: Annotated[list[str], typer.Option("--cluster", help="REGION=CONTEXT, once for each region.")],
    witness: Annotated[str, typer.Option("--witness", help="Context of the cluster of the lease.")],
    environment: Annotated[str, typer.Option("--environment", help="Overrides are refused in prod.")] = "prod",
) -> None:
    """Print the document of a topology, made of the outputs of `DatabaseTopology`."""
    from dbaas_components.dr.failover.document import document_of

    try:
        given: Any = json.loads(outputs.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refusal(f"{outputs} is no JSON file; write the outputs with `pulumi stack output --json`") from None
    if not isinstance(given, dict):
        raise Refusal(
            f"{outputs} holds no mapping; write the outputs of {name} with `pulumi stack output {name} --json`"
        )
    pairs = [one.partition("=") for one in cluster]
    if any(not region or not context for region, _, context in pairs):
        raise Refusal("--cluster takes REGION=CONTEXT; write both")
    regions = [region for region, _, _ in pairs]
    if twice := next((region for region in regions if regions.count(region) > 1), None):
        raise Refusal(f"--cluster names region {twice} twice; write each region's context once")
    clusters = {region: {"context": context} for region, _, context in pairs}
    made = document_of(
        name, cast("dict[str, Any]", given), clusters, witness={"context": witness}, environment=environment
    )
    typer.echo(json.dumps(made, indent=2))


def witness_command(
    topology: _Topology = _TOPOLOGY,
    kubeconfig: Annotated[
        str, typer.Option("--kubeconfig", help="Print the kubeconfig of this region's account instead: a secret.")
    ] = "",
) -> None:
    """Print what the agents need in the witness, for `kubectl apply`: an account for each region."""
    from dbaas_components.dr.agent.manifests import witness_objects
    from dbaas_components.dr.agent.witness import account_kubeconfig
    from dbaas_components.dr.failover.access import open_connections
    from dbaas_components.dr.failover.document import read_document
    from dbaas_components.kubernetes_yaml import kubernetes_documents
    from dbaas_components.labels import platform_labels

    document = read_document(topology)
    if document.witness is None:
        raise Refusal(f"the lease of {document.topology} is in no witness; its agents need rights on the bucket")
    if not kubeconfig:
        found = [one for region in document.roles for one in witness_objects(document, region, platform_labels())]
        typer.echo(kubernetes_documents(found), nl=False)
        return
    if kubeconfig not in document.roles:
        raise Refusal(f'"{kubeconfig}" is no region of the topology; its regions are {", ".join(document.roles)}')
    with _answers():
        typer.echo(account_kubeconfig(open_connections(document), kubeconfig), nl=False)


class _Printer:
    """Shows the steps as they happen."""

    def __init__(self) -> None:
        self._console = output()

    def began(self, name: str) -> None:
        self._console.print(f"-> {name}", markup=False)

    def waits(self, name: str, reason: str) -> None:
        del name
        self._console.print(f"   waits: {reason}", markup=False)

    def ended(self, name: str, outcome: str, seconds: float) -> None:
        self._console.print(f"   {name}: {outcome}, {seconds:.1f} s", markup=False)


def _prepared(
    verb: str, region: str, topology: Path, folder: Path, timeout: float, by: str, **more: Any
) -> tuple[Order, Setting]:
    from dbaas_components.dr.failover.access import open_connections
    from dbaas_components.dr.failover.clouds import cloud_record
    from dbaas_components.dr.failover.document import read_document
    from dbaas_components.dr.failover.verbs import Order, Setting

    document = read_document(topology)
    setting = Setting(
        open_connections(document), folder, _Printer(), timeout=timeout, record=cloud_record(document.record)
    )
    return Order(verb, region, by or f"{getpass.getuser()}@{socket.gethostname()}", **more), setting


def _foresight(order: Order, setting: Setting) -> Foresight:
    from dbaas_components.dr.failover.foresight import foresee
    from dbaas_components.dr.failover.verbs import prepare, steps_of_order

    with _answers():
        switch, _ = prepare(order, setting)
        names = [step.name for step in steps_of_order(order, switch, setting)]
        return foresee(order.verb, order.target, setting.live, names, record=setting.record)


def _carry_out(order: Order, setting: Setting, *, yes: bool, dry_run: bool) -> None:
    from dbaas_components.dr.failover.verbs import change_primary

    if dry_run or not yes:
        _tell(_foresight(order, setting))
    if dry_run:
        return
    _ask(f"{order.verb} of {setting.connections.document.topology} to {order.target}", yes=yes)
    _run(change_primary, order, setting)


def _run(verb: Callable[[Order, Setting], Evidence], order: Order, setting: Setting) -> None:
    with _answers():
        evidence = verb(order, setting)
    console = output()
    if evidence.outcome != "done":
        raise Refusal(f"{order.verb} stopped: {evidence.reason}; evidence: {setting.folder / evidence.run}.json")
    if not evidence.steps:
        console.print(evidence.reason, markup=False)
        return
    took = f", RTO {evidence.rto_seconds:.1f} s" if evidence.rto_seconds is not None else ""
    lost = f", RPO {evidence.rpo}" if evidence.rpo else ""
    console.print(f"{order.verb}: done{took}{lost}", markup=False)
    console.print(f"evidence: {setting.folder / evidence.run}.json", markup=False)


def _ask(what: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal(f"{what}: nobody is there to confirm it; add --yes, or --dry-run to see the plan alone")
    typer.confirm(f"{what}; go on?", abort=True)


def _confirm_name(name: str, *, yes: bool) -> None:
    """A confirmation of its own: to drop members by force can lose what only they have."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal("--force-reconfiguration: nobody is there to confirm it; add --yes")
    typed = typer.prompt("Members of the lost region are dropped from the replica set by force. Type the name")
    if typed != name:
        raise Refusal(f'"{typed}" is not "{name}"; nothing was changed')


def _tell(foresight: Foresight) -> None:
    console = output()
    console.print(f"{foresight.verb}: {foresight.old} (epoch {foresight.epoch}) -> {foresight.new}", markup=False)
    for number, name in enumerate(foresight.steps, start=1):
        console.print(f"{number:>3}. {name}", markup=False)
    for one in foresight.had:
        console.print(f"proved:  {one}", markup=False)
    for one in foresight.missing:
        console.print(f"missing: {one}", markup=False)
    for one in foresight.measures:
        console.print(f"measure: {one}", markup=False)
    for one in foresight.notes:
        console.print(f"note:    {one}", markup=False)
    parts = " + ".join(f"{name} {seconds:g}" for name, seconds in foresight.seconds.items())
    console.print(f"predicted RTO: {foresight.rto_seconds:g} s = {parts}", markup=False)


@contextmanager
def _answers() -> Generator[None]:
    """What no cluster answered, in one sentence."""
    from dbaas_components.dr.failover.cluster import ClusterRefused, ClusterUnreachable

    try:
        yield
    except (ClusterUnreachable, ClusterRefused) as error:
        raise Refusal(f"{error}; nothing was changed by this look") from None
