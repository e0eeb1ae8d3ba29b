"""The gate: which changes pass unasked, which need an approval, and which approvals there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from dbaas_components.cost.costs import Costs
from dbaas_components.cost.prices import Currency
from dbaas_components.diff.classes import Effect
from dbaas_components.diff.compare import Change
from dbaas_components.diff.failures import DiffError
from dbaas_components.diff.fields import pattern_of
from dbaas_components.diff.manifest_text import Budget as ValueBudget
from dbaas_components.diff.manifest_text import ManifestError, documents_in
from dbaas_components.diff.report.model import ADDED, REMOVED, Report, approved_name, whole_is_enough
from dbaas_components.errors import problems_of, shown

PLACE: Final = Path(".dbaas") / "gate.yaml"
"""Where a repository keeps its policy."""
_LARGEST: Final = 2**20
_MOST_VALUES: Final = 100_000


def _never_data_loss(value: object) -> object:
    if value == "data-loss":
        raise ValueError("data-loss never passes unasked; take it out, and approve each change of a database by itself")
    return value


_Allowed = Annotated[
    Literal["no-effect", "online", "rolling-restart", "failover", "one-way", "less-protection", "replace"],
    BeforeValidator(_never_data_loss),
]
_Words = Annotated[str, Field(min_length=1, max_length=500)]


class Approval(BaseModel):
    """Leave for one change of one database, until a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: _Words
    """Its name, `orders` or `shop/orders`; of what is no database, the object's name."""
    change: _Words
    """The field, `spec.pxc.image`, or for a whole object `removed` or `added`."""
    resource: _Words | None = None
    """The object's name in the program, `orders-eu-database`, where several go by the same, as sites of a topology."""
    expires: date
    """The last day on which it counts."""
    by: _Words
    reason: _Words

    @field_validator("database", "change")
    @classmethod
    def _no_pattern(cls, value: str) -> str:
        if "*" in value and "[*]" not in value:
            raise ValueError(f"{shown(value)} is no pattern: name one database and one change, as the report does")
        return value

    @property
    def words(self) -> str:
        """Who approved what, until when and why."""
        which = f" ({self.resource})" if self.resource is not None else ""
        return f"{self.change} of {self.database}{which} by {self.by} until {self.expires.isoformat()}: {self.reason}"


class Budget(BaseModel):
    """What databases may cost in a month; it gates only where a price table is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Currency
    total: Annotated[float, Field(ge=0)] | None = None
    """All databases of the stack together."""
    increase: Annotated[float, Field(ge=0)] | None = None
    """How much more one change may make all of them cost."""
    tenants: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Each tenant's databases together."""


class Policy(BaseModel):
    """`.dbaas/gate.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[_Allowed, ...] = ("no-effect", "online", "rolling-restart")
    """Classes that pass unasked."""
    approvals_from: Literal["head", "base"] = "head"
    """Whether an approval counts that comes with the change itself, or only one that was there before."""
    approvals: tuple[Approval, ...] = ()
    budget: Budget | None = None

    @field_validator("approvals")
    @classmethod
    def _each_once(cls, value: tuple[Approval, ...]) -> tuple[Approval, ...]:
        places: dict[tuple[str, str, str | None], int] = {}
        for number, one in enumerate(value):
            first = places.setdefault((one.database, one.change, one.resource), number)
            if first != number:
                raise ValueError(f"has [{number}] for the same as [{first}], {one.change} of {one.database}; leave one")
        return value


@dataclass(frozen=True, slots=True)
class Gate:
    """The policy in force, and where it stands."""

    policy: Policy
    place: str = ""


def read_policy(text: str, place: str) -> Policy:
    """The policy in YAML text. Raises `DiffError` that names `place` and every mistake."""
    if len(text) > _LARGEST:
        raise DiffError(f"{place} is larger than a policy can be")
    try:
        found = [content for _, content in documents_in(text, ValueBudget(_MOST_VALUES))]
    except ManifestError as error:
        raise DiffError(f"{place} is not YAML that can be read: {str(error)[:300]}; correct it") from None
    if len(found) > 1:
        raise DiffError(f"{place} has {len(found)} documents of YAML; leave one")
    try:
        return Policy.model_validate(found[0] if found else {})
    except ValidationError as error:
        problems = "; ".join(map(str, problems_of(error, model=Policy)))
        raise DiffError(f"{place}: {problems[:4000]}") from None


def policy_at(folder: Path) -> str | None:
    """The text of a folder's policy; None where it has none. Never follows a link out of the folder."""
    path = folder / PLACE
    if not path.is_file() or path.is_symlink() or path.parent.is_symlink():
        return None
    try:
        return path.read_text(encoding="utf-8")[: _LARGEST + 1]
    except (OSError, UnicodeDecodeError) as error:
        raise DiffError(f"{PLACE} cannot be read: {error!s:.200}") from None


def choose(given: Path | None, base: str | None, head: str | None) -> Gate:
    """The gate from a file that the user names, else from what the two sides have.

    What passes unasked is the base's word, so that no change can loosen the gate that it has to pass; the head's counts
    where the base has none yet. Approvals come with the change, unless the policy wants them from the base.
    """
    if given is not None:
        try:
            with given.open(encoding="utf-8") as file:
                return Gate(read_policy(file.read(_LARGEST + 1), str(given)), str(given))
        except (OSError, UnicodeDecodeError) as error:
            raise DiffError(f"{given} cannot be read: {error!s:.200}") from None
    before = read_policy(base, f"{PLACE} of the base") if base is not None else None
    after = read_policy(head, f"{PLACE} of the head") if head is not None else None
    if before is None and after is None:
        return Gate(Policy())
    if before is None:
        # The first policy of a repository must not be able to open the gate that it arrives through.
        strict = Policy().allow
        narrowed = tuple(slug for slug in after.allow if slug in strict) if after else strict
        return Gate(after.model_copy(update={"allow": narrowed}) if after else Policy(), f"{PLACE} of the head")
    theirs = after.approvals if after is not None else ()
    if before.approvals_from == "base":
        # One that the head takes out is used up, and must not count as one that matches nothing.
        theirs = tuple(one for one in before.approvals if one in theirs)
    return Gate(before.model_copy(update={"approvals": theirs}), f"{PLACE} of the base")


def judged(report: Report, gate: Gate, today: date) -> Report:
    """The report with the gate's verdict on every change; problems that it has already refuse it."""
    allowed = {Effect.of(slug) for slug in gate.policy.allow}
    used: set[int] = set()
    refused: list[Change] = []
    approved: list[tuple[Change, str]] = []
    problems = list(report.problems)
    several = {index: names for index, names in _lost_by(report.changes, gate.policy.approvals) if len(names) > 1}
    for change in report.changes:
        matching = [(index, one) for index, one in enumerate(gate.policy.approvals) if _matches(one, change)]
        used |= {index for index, _ in matching}
        if change.effect in allowed or change.unasked:
            continue
        too_wide = several if change.effect == Effect.DATA_LOSS else {}
        valid = next((one for index, one in matching if one.expires >= today and index not in too_wide), None)
        if valid is not None:
            approved.append((change, valid.words))
            continue
        refused.append(change)
        problems += [
            f"an approval has expired: {one.words}; agree anew with a later day, or take it out"
            for _, one in matching
            if one.expires < today
        ]
        problems += [
            f"an approval is for one change of one object, and this one matches {', '.join(several[index])}: "
            f"{one.words}; name one of the objects in `resource`, one of the fields in `change`"
            for index, one in matching
            if index in too_wide and one.expires >= today
        ]
    for index, one in enumerate(gate.policy.approvals):
        if index not in used:
            problems.append(f"an approval matches no change: {one.words}; correct it, or take it out if it is used up")
    problems += over_budget(report.costs, gate.policy)
    engine_refuses = report.engine is not None and bool(report.engine.refusals)
    return replace(
        report,
        passed=not refused and not problems and not engine_refuses,
        refused=tuple(refused),
        approvals=tuple(approved),
        problems=tuple(dict.fromkeys(problems)),
        gate=gate.place,
    )


def _lost_by(changes: Sequence[Change], approvals: Sequence[Approval]) -> Iterator[tuple[int, list[str]]]:
    """By approval what it would let go: the objects, as the program names them, else the fields of the one."""
    for index, one in enumerate(approvals):
        lost = [change for change in changes if change.effect == Effect.DATA_LOSS and _matches(one, change)]
        names = {_resource(change) for change in lost}
        yield index, sorted(names if len(names) > 1 else {change.path for change in lost})


def over_budget(costs: Costs | None, policy: Policy) -> list[str]:
    """Where a change costs more than the policy's budget lets it; a budget that cannot be judged counts as exceeded."""
    budget = policy.budget
    if budget is None:
        return []
    if costs is None:
        return ["the policy has a budget, and there is no price table to judge it by; name one with --prices"]
    if costs.currency != budget.currency:
        return [f"the budget is in {budget.currency} and the price table in {costs.currency}; use one currency"]
    before, after = costs.total
    found: list[str] = []
    if budget.total is not None and after > budget.total and after > before:
        found.append(f"over budget: all databases cost {after:,.2f} of {budget.total:,.2f} {budget.currency} a month")
    if budget.increase is not None and after - before > budget.increase:
        found.append(
            f"over budget: the change costs {after - before:,.2f} more a month, {budget.increase:,.2f} "
            f"{budget.currency} are allowed"
        )
    for tenant, most in budget.tenants.items():
        old, new = costs.tenants.get(tenant, (0.0, 0.0))
        if new > most and new > old:
            found.append(f"over budget: tenant {tenant} costs {new:,.2f} of {most:,.2f} {budget.currency} a month")
    return found


def _matches(approval: Approval, change: Change) -> bool:
    names = {change.owner.database, approved_name(change)} if change.owner.database else {change.object_name}
    named = approval.resource is None or approval.resource == _resource(change)
    return named and approval.database in names and approval.change in _changes(change)


def _resource(change: Change) -> str:
    return change.urn.rpartition("::")[2] or change.object_name


def _changes(change: Change) -> Sequence[str]:
    if change.path:
        return change.path, pattern_of(change.path)
    which = REMOVED if change.new is None else ADDED
    whole = f"{which} {change.kind} {change.object_name}"
    return (which, whole) if whole_is_enough(change) else (whole,)
