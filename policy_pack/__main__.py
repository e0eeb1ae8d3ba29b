"""The rules of `dbaas_components.policy` as a Pulumi policy pack; see docs/policy.md.

Four policies and no more, although there are many rules: the engine's values are decoded anew for each policy. The
message of a violation begins with its rule.
"""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from dbaas_components.policy.engine_pack import check_resource, check_stack, rules_for_engine
from dbaas_components.policy.rule import Severity
from dbaas_components.policy.rules import RULES
from dbaas_components.policy.waivers import WAIVERS_FILE, Waiver, read_waivers

_LEVELS = {Severity.ERROR: EnforcementLevel.MANDATORY, Severity.WARNING: EnforcementLevel.ADVISORY}


def _waivers() -> tuple[Waiver, ...]:
    """Those that `DBAAS_WAIVERS` names, else those of the project that this folder is in."""
    named = os.environ.get("DBAAS_WAIVERS")
    return read_waivers(Path(named) if named else Path(__file__).resolve().parent.parent / WAIVERS_FILE, RULES)


def _of_resource(severity: Severity, waivers: tuple[Waiver, ...]) -> ResourceValidationPolicy:
    rules = rules_for_engine(severity, whole=False)

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        check_resource(args, report_violation, rules, waivers)

    return ResourceValidationPolicy(
        name=f"dbaas-{severity}",
        description=f"Rules of severity {severity} that look at one resource: docs/policy-rules.md.",
        enforcement_level=_LEVELS[severity],
        validate=validate,
    )


def _of_stack(severity: Severity, waivers: tuple[Waiver, ...]) -> StackValidationPolicy:
    rules = rules_for_engine(severity, whole=True)

    def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
        check_stack(args.resources, report_violation, rules, waivers)

    return StackValidationPolicy(
        name=f"dbaas-{severity}-of-the-stack",
        description=f"Rules of severity {severity} that look at several resources: docs/policy-rules.md.",
        enforcement_level=_LEVELS[severity],
        validate=validate,
    )


def main() -> None:
    """Serves the pack until the engine ends it."""
    waivers = _waivers()
    policies = [make(severity, waivers) for make in (_of_resource, _of_stack) for severity in Severity]
    PolicyPack(name="dbaas-components", policies=policies)


if __name__ == "__main__":
    main()
