"""A stack's databases, each with its region, and what is wrong with all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbaas_components.databases.spec import DatabaseSpec, parse_database
from dbaas_components.errors import Problem, SpecError, one_of, shown


@dataclass(frozen=True, slots=True)
class PlacedDatabase:
    """A database and the region it runs in."""

    spec: DatabaseSpec
    region: str
    arguments: Mapping[str, Any]
    """What the settings say of the database, without defaults, so that it can still be told from them."""
    path: str
    """Where the settings say it: `dbaas:databases[0]`."""


def placed_databases(values: Sequence[Any], regions: Sequence[str]) -> tuple[list[PlacedDatabase], list[Problem]]:
    """The databases of `dbaas:databases` that can be read, and the problems of the others."""
    placed: list[PlacedDatabase] = []
    problems: list[Problem] = []
    for index, value in enumerate(values):
        path = f"dbaas:databases[{index}]"
        if not isinstance(value, dict):
            continue  # The document's own check names it.
        args = dict(value)
        name, region = args.pop("name", None), args.pop("region", regions[0] if regions else "")
        problems += name_problems(name, path)
        if not isinstance(name, str):
            name = ""
        if regions and region not in regions:
            problems.append(
                Problem(f"{path}.region", f"{shown(region)} is not a region; {one_of(str(region), regions)}")
            )
        try:
            spec = parse_database(name or "unnamed", args, path=path)
        except SpecError as error:
            problems += [problem for problem in error.problems if name or problem.path != f"{path}.name"]
        else:
            # One whose region cannot be read has been told of, and is nowhere.
            if name and isinstance(region, str):
                placed.append(PlacedDatabase(spec, region, args, path))
    return placed, problems


def name_problems(name: object, path: str) -> list[Problem]:
    """What is wrong with the name of a database or of a topology, as far as no engine has a say in it."""
    if name is None:
        return [Problem(f"{path}.name", "is required and was not given; add it")]
    if not isinstance(name, str):
        return [Problem(f"{path}.name", f"{shown(name)} is not text; write text")]
    return [] if name else [Problem(f"{path}.name", "is empty; write a name")]


def repeated_names(databases: Sequence[Any], topologies: Sequence[Any]) -> list[Problem]:
    """Databases and topologies of one name: it names their resources."""
    named = [
        (one["name"], kind, index)
        for kind, values in (("databases", databases), ("topologies", topologies))
        for index, one in enumerate(values)
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"]
    ]
    problems: list[Problem] = []
    for name in repeated(name for name, _, _ in named):
        holders = [(kind, index) for one, kind, index in named if one == name]
        where = " and ".join(f"{kind}[{index}]" for kind, index in holders)
        both = "both" if len(holders) == 2 else "all"
        problems.append(Problem(f"dbaas:{holders[-1][0]}", f'{where} are {both} named "{name}"; rename one'))
    return problems


def place_problems(placed: Sequence[PlacedDatabase]) -> list[Problem]:
    """What two databases cannot have in common: the object in Kubernetes, the name of their namespace's resource."""
    return [*_namespace_problems(placed), *_object_problems(placed)]


def _namespace_problems(placed: Sequence[PlacedDatabase]) -> list[Problem]:
    """Two namespaces whose resources would have one name: region `a` with `b-c`, region `a-b` with `c`."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for database in placed:
        key = (database.region, database.spec.namespace)
        owners.setdefault("-".join(key), set()).add(key)
    return [
        Problem(
            "dbaas:databases",
            f"region and namespace give one resource name, {name}, in two ways; rename a region or a namespace",
        )
        for name, keys in sorted(owners.items())
        if len(keys) > 1
    ]


def _object_problems(placed: Sequence[PlacedDatabase]) -> list[Problem]:
    """Two of one name in one namespace: one object that both would move, or of two engines one set of passwords."""
    first: dict[tuple[str, str, str], PlacedDatabase] = {}
    problems: list[Problem] = []
    for one in placed:
        spec = one.spec
        other = first.setdefault((one.region, spec.namespace, spec.name), one)
        # Of two plain databases the name says it, in one sentence.
        if other is not one and "topologies" in f"{other.path} {one.path}":
            why = "say its role" if spec.engine == other.spec.engine else "write Services and Secrets of that name"
            message = (
                f'is {spec.engine} "{spec.name}" in namespace {spec.namespace} of {one.region}, as {other.path} is, '
                f"and both would {why}; name another database"
            )
            problems.append(Problem(one.path, message))
    return problems


def repeated(values: Iterable[str]) -> list[str]:
    """Values that stand there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
