"""`dbaas check`: the rules of policy over a stack, a folder of manifests or a saved graph."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from dbaas_components.cli.plan import leave_definitions_out
from dbaas_components.cli.project import Project, engine_config, find_project
from dbaas_components.cli.refusal import Refusal
from dbaas_components.cli.tables import add_row, output, print_table, table
from dbaas_components.databases.registered import registered_databases
from dbaas_components.databases.spec.part import duration_of
from dbaas_components.errors import SpecError, one_of, shown
from dbaas_components.evaluate import evaluate
from dbaas_components.policy.checking import Finding, Report, check
from dbaas_components.policy.escaping import plain
from dbaas_components.policy.inventory import Inventory, from_folder, from_graph
from dbaas_components.policy.pages import report_page, rules_page
from dbaas_components.policy.rules import RULES
from dbaas_components.policy.sarif import levels, sarif
from dbaas_components.policy.saved_graph import from_saved_graph
from dbaas_components.policy.waivers import WAIVERS_FILE, Waiver, read_waivers


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"


def check_command(
    what: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER | GRAPH]", help="Manifests, or a saved graph.", show_default="the stacks"),
    ] = None,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", "-s", help="Name of a stack; may be repeated.", show_default="all")
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the Pulumi project.", show_default="here")
    ] = Path(),
    form: Annotated[Format, typer.Option("--format", "-f", help="How the report is written.")] = Format.TEXT,
    output_file: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write to; a summary is still printed.")
    ] = None,
    waivers_file: Annotated[
        Path | None, typer.Option("--waivers", help="File of waivers.", show_default=str(WAIVERS_FILE))
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and check nothing.")] = False,
) -> None:
    """Check a stack against the rules of policy: exit code 1 on an error. Needs no engine, cluster or credentials."""
    if rules:
        _tell_rules(form)
        return
    if what is not None and stack:
        raise Refusal(f"both {what} and --stack are given; name one of them")
    if waivers_file is not None and not waivers_file.is_file():
        raise Refusal(f"{waivers_file} is no file; name the file of waivers, or leave --waivers out")
    root, inventories = _inventories(what, project, stack or [])
    waivers = read_waivers(waivers_file or root / WAIVERS_FILE, RULES)
    reports = {name: check(inventory, waivers=waivers, stack=name) for name, inventory in inventories.items()}
    _known_stacks(waivers, project, what)
    _write(reports, form, output_file, root)
    if not all(report.passed for report in reports.values()):
        raise typer.Exit(1)


def _inventories(what: Path | None, start: Path, stacks: list[str]) -> tuple[Path, Mapping[str, Inventory]]:
    """The folder that waivers are in, and what is checked, by name."""
    if what is None:
        project = find_project(start)
        names = stacks or project.stacks
        if not names:
            raise Refusal(f"{project.folder} has no Pulumi.<stack>.yaml; write one, or name a folder of manifests")
        return project.folder, {name: _of_stack(project, name) for name in dict.fromkeys(names)}
    try:
        root = find_project(start).folder
    except SpecError:
        root = Path.cwd()  # Manifests can be checked where no project is.
    if what.is_dir():
        return root, {what.name: from_folder(what)}
    if not what.is_file():
        raise Refusal(f"{what} is neither a folder nor a file; name manifests, a saved graph, or --stack")
    name, inventory = from_saved_graph(what)
    return root, {name: inventory}


def _of_stack(project: Project, stack: str) -> Inventory:
    given = project.config(stack)
    if left_out := leave_definitions_out(given, project.folder, "Checked", "a check"):
        typer.echo(f"{stack}: {left_out}", err=True)
    config, secret_keys = engine_config(given)
    # What the program prints must not get into a report that another program reads.
    with registered_databases() as databases, contextlib.redirect_stdout(sys.stderr):
        graph = evaluate(project.program, project=project.name, stack=stack, config=config, secret_config=secret_keys)
    objectives = {
        f"{one.spec.namespace}/{one.spec.name}": duration_of(one.spec.slo.rpo)
        for one in databases
        if one.spec.slo and one.spec.namespace
    }
    return from_graph(graph, objectives)


def _known_stacks(waivers: Iterable[Waiver], start: Path, what: Path | None) -> None:
    """Refuses a waiver for a stack that does not exist: nobody would ever miss it."""
    if what is not None:
        return
    stacks = find_project(start).stacks
    problems = [
        f"{one} is for the stack {shown(one.stack)}, which the project does not have; {one_of(one.stack, stacks)}"
        for one in waivers
        if one.stack and one.stack not in stacks
    ]
    if problems:
        raise Refusal(f"waivers: {'; '.join(problems)}")


def _write(reports: Mapping[str, Report], form: Format, to: Path | None, root: Path) -> None:
    if form is Format.TEXT and to is None:
        _tell(output(), reports)
        return
    text = _text(reports, form, root)
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{to} cannot be written ({error.strerror}); name another file") from None
    _tell_summary(output(), reports)


def _text(reports: Mapping[str, Report], form: Format, root: Path) -> str:
    if form is Format.MARKDOWN:
        return report_page(reports)
    if form is Format.SARIF:
        fallback = {name: _settings_file(root, name) for name in reports}
        return _json(sarif(reports, version=_version(), root=root, fallback=fallback))
    if form is Format.JSON:
        return _json({"stacks": [_as_data(name, report) for name, report in reports.items()]})
    console = Console(highlight=False, width=1_000, no_color=True, soft_wrap=True)
    with console.capture() as captured:
        _tell(console, reports)
    return captured.get()


def _settings_file(root: Path, stack: str) -> str:
    name = f"Pulumi.{stack}.yaml"
    return name if (root / name).is_file() else ""


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _version() -> str:
    try:
        return version("dbaas-components")
    except PackageNotFoundError:
        return "0.0.0"  # Run from a folder of sources that nobody installed.


def _as_data(name: str, report: Report) -> dict[str, Any]:
    return {
        "stack": name,
        "passed": report.passed,
        "resources": report.checked,
        "rules": len(report.rules),
        "findings": [_finding(finding) for finding in report.findings],
        "waiver_problems": list(report.waiver_problems),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    waiver = dataclasses.asdict(finding.waiver) | {"expires": str(finding.waiver.expires)} if finding.waiver else None
    return {
        "rule": finding.rule.id,
        "severity": str(finding.rule.severity),
        "gates": finding.gates,
        "type": finding.item.type,
        "resource": finding.item.address,
        "owner": finding.item.owner,
        "urn": finding.item.urn,
        "place": finding.item.place,
        "path": finding.violation.path,
        "message": finding.violation.message,
        "reason": finding.rule.reason,
        "fix": finding.rule.fix,
        "waiver": waiver,
    }


def _tell(console: Console, reports: Mapping[str, Report]) -> None:
    for name, report in reports.items():
        for problem in report.waiver_problems:
            console.print(f"error   {plain(name)}: {plain(problem)}", markup=False)
        for finding in (*report.errors, *report.warnings):
            item, violation = finding.item, finding.violation
            where = plain(f"{name}: {item.kind} {item.address}{f' {violation.path}' if violation.path else ''}")
            console.print(f"{finding.rule.severity!s:7} {where}: {plain(violation.message)}", markup=False)
            console.print(f"        {finding.rule.id}: {finding.rule.reason}; {finding.rule.fix}", markup=False)
        for finding in report.waived:
            waiver = finding.waiver
            reason = f"until {waiver.expires}: {waiver.reason}" if waiver else ""
            console.print(
                f"waived  {plain(f'{name}: {finding.rule.id} for {finding.item.address}, {reason}')}", markup=False
            )
    _tell_summary(console, reports)


def _tell_summary(console: Console, reports: Mapping[str, Report]) -> None:
    errors, warnings, waived = levels(reports.values())
    checked = sum(report.checked for report in reports.values())
    counted = f"{errors} errors, {warnings} warnings, {waived} waived"
    console.print(f"{', '.join(map(plain, reports))}: {counted}; {checked} resources, {len(RULES)} rules", markup=False)


def _tell_rules(form: Format) -> None:
    if form is Format.MARKDOWN:
        typer.echo(rules_page(RULES), nl=False)
    elif form is Format.JSON:
        fields = ("id", "reason", "fix")
        listed = [{"severity": str(rule.severity), **{name: getattr(rule, name) for name in fields}} for rule in RULES]
        typer.echo(_json(listed), nl=False)
    elif form is Format.SARIF:
        raise Refusal("SARIF is for what was found; list the rules as text, json or markdown")
    else:
        rows = table("rule", "severity", "why", "fix")
        for rule in RULES:
            add_row(rows, rule.id, str(rule.severity), rule.reason, rule.fix)
        print_table(output(), rows)
