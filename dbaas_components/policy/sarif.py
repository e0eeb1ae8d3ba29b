"""A report in SARIF 2.1.0 (OASIS), which GitHub, GitLab and editors show beside the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final

from dbaas_components.policy.checking import Finding, Report
from dbaas_components.policy.escaping import plain
from dbaas_components.policy.rule import Rule, Severity

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_WAIVERS: Final = "waivers/in-force"


def sarif(reports: Mapping[str, Report], *, version: str, root: Path, fallback: Mapping[str, str]) -> dict[str, Any]:
    """One run for each report, by its name (the stack). `version` is this library's.

    Places below `root` become paths relative to it. A finding without one is shown at `fallback` of its report, since
    GitHub shows no result that has no file.
    """
    runs = [_run(name, report, version, root, fallback.get(name, "")) for name, report in reports.items()]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}


def _run(name: str, report: Report, version: str, root: Path, fallback: str) -> dict[str, Any]:
    numbers = {rule.id: number for number, rule in enumerate(report.rules)}
    results = [_result(finding, numbers[finding.rule.id], root, fallback) for finding in report.findings]
    results += [
        {
            "ruleId": _WAIVERS,
            "ruleIndex": len(numbers),
            "level": "error",
            "message": {"text": plain(problem)},
            "locations": _locations(".dbaas/waivers.yaml", None, "waivers"),
            "partialFingerprints": {"finding/v1": _fingerprint(_WAIVERS, problem)},
        }
        for problem in report.waiver_problems
    ]
    driver = {
        "name": "dbaas check",
        "semanticVersion": version,
        "rules": [*(_rule(rule) for rule in report.rules), _rule_of_waivers()],
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"dbaas-check/{name}"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.reason[0].upper()}{rule.reason[1:]}."},
        "help": {"text": f"{rule.fix[0].upper()}{rule.fix[1:]}."},
        "defaultConfiguration": {"level": _level(rule)},
        "properties": {"tags": ["database", rule.room]},
    }


def _rule_of_waivers() -> dict[str, Any]:
    return {
        "id": _WAIVERS,
        "shortDescription": {"text": "A waiver that is over, or that excuses nothing, hides the next breach."},
        "help": {"text": "Remove the waiver, or agree on it anew with another date."},
        "defaultConfiguration": {"level": "error"},
    }


def _level(rule: Rule) -> str:
    return "error" if rule.severity is Severity.ERROR else "warning"


def _result(finding: Finding, number: int, root: Path, fallback: str) -> dict[str, Any]:
    item, violation = finding.item, finding.violation
    path, line = _place(item.place, root)
    where = f"{item.kind} {item.address}{f' {violation.path}' if violation.path else ''}"
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": number,
        "level": _level(finding.rule),
        "message": {"text": plain(f"{where}: {violation.message}. Fix: {finding.rule.fix}.")},
        "locations": _locations(path or fallback, line if path else None, plain(where)),
        "partialFingerprints": {"finding/v1": _fingerprint(finding.rule.id, item.type, item.address, violation.path)},
    }
    if finding.waiver is not None:
        suppression = {"kind": "external", "status": "accepted", "justification": plain(finding.waiver.reason)}
        result["suppressions"] = [suppression]
    return result


def _locations(path: str, line: int | None, where: str) -> list[dict[str, Any]]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": where, "kind": "resource"}]}
    if path:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": PurePosixPath(path).as_posix().replace(" ", "%20"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line or 1},
        }
    return [location]


def _place(place: str, root: Path) -> tuple[str, int | None]:
    """Path below the root, and line; nothing for a place elsewhere, such as within a library."""
    file, _, number = place.rpartition(":")
    path = Path(file if number.isdigit() else place)
    if not place:
        return "", None
    try:
        relative = path.relative_to(root) if path.is_absolute() else path
    except ValueError:
        return "", None
    return relative.as_posix(), int(number) if number.isdigit() and int(number) > 0 else None


def _fingerprint(*parts: str) -> str:
    """The same for the same finding after lines have moved, so that a platform knows it again."""
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def levels(reports: Iterable[Report]) -> tuple[int, int, int]:
    """How many errors, warnings and waived findings there are; waivers that are wrong count as errors."""
    found = tuple(reports)
    errors = sum(len(report.errors) + len(report.waiver_problems) for report in found)
    return errors, sum(len(report.warnings) for report in found), sum(len(report.waived) for report in found)
