"""Reports and rules as Markdown: the comment of a pull request, and the tables of docs/policy.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import yaml

from dbaas_components.policy.checking import Finding, Report
from dbaas_components.policy.escaping import markdown
from dbaas_components.policy.item import as_list, as_mapping
from dbaas_components.policy.rule import Rule

_MOST: Final = 200
"""Findings in one comment: GitHub takes no more than 65,536 characters."""


def report_page(reports: Mapping[str, Report]) -> str:
    """The reports, by the name of their stack, as the text of a comment."""
    return "\n".join(_report_lines(reports)) + "\n"


def _report_lines(reports: Mapping[str, Report]) -> Iterator[str]:
    passed = all(report.passed for report in reports.values())
    yield f"### Policy: {'passed' if passed else 'failed'}"
    for name, report in reports.items():
        counted = f"{len(report.errors)} errors, {len(report.warnings)} warnings, {len(report.waived)} waived"
        yield f"\n**{markdown(name)}**: {counted}; {report.checked} resources, {len(report.rules)} rules\n"
        for problem in report.waiver_problems:
            yield f"- **waiver**: {markdown(problem)}"
        shown = [*report.errors, *report.warnings, *report.waived]
        if shown:
            yield "| severity | rule | resource | what | fix |"
            yield "| --- | --- | --- | --- | --- |"
        yield from (_row(finding) for finding in shown[:_MOST])
        if len(shown) > _MOST:
            yield f"\n{len(shown) - _MOST} more are left out here; `dbaas check` shows them all."


def _row(finding: Finding) -> str:
    severity, fix = str(finding.rule.severity), finding.rule.fix
    if finding.waiver is not None:
        severity, fix = "waived", f"until {finding.waiver.expires}: {finding.waiver.reason}"
    what = f"{finding.violation.path} {finding.violation.message}".strip()
    cells = (severity, finding.rule.id, f"{finding.item.kind} {finding.item.address}", what, fix)
    return f"| {' | '.join(markdown(cell) for cell in cells)} |"


_HEAD: Final = """# The rules of policy

Made by `dbaas check --rules --format markdown > docs/policy-rules.md`; change the rules in the source, not this page.
How to check, to waive and to test is in [policy.md](policy.md).

An `error` stops `dbaas check` with exit code 1, a `warning` is only told. Databases of profile `dev` are free of most
rules: "guarded" are all others.
"""


def rules_page(rules: Iterable[Rule]) -> str:
    """Every rule, room by room, with the smallest example that fails, and one that passes."""
    return "\n".join(_rule_lines(tuple(rules)))


def _rule_lines(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield _HEAD
    for room in dict.fromkeys(rule.room for rule in rules):
        yield f"## {room}\n"
        yield "| rule | severity | why | fix |"
        yield "| --- | --- | --- | --- |"
        chosen = [rule for rule in rules if rule.room == room]
        yield from (f"| `{rule.id}` | {rule.severity} | {_cell(rule.reason)} | {_cell(rule.fix)} |" for rule in chosen)
        yield ""
        for rule in chosen:
            for words, examples in (("objects to", rule.examples.fails), ("lets pass", rule.examples.passes)):
                yield f"`{rule.id}` {words}:\n"
                yield "```yaml"
                dumped = [yaml.safe_dump(_data(one), sort_keys=False, width=100) for one in examples]
                yield "---\n".join(dumped).rstrip()
                yield "```\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _data(value: object) -> object:
    """Without mappings and tuples that YAML does not know."""
    if isinstance(value, Mapping):
        return {key: _data(item) for key, item in as_mapping(value).items()}
    return [_data(item) for item in as_list(value)] if isinstance(value, list | tuple) else value
