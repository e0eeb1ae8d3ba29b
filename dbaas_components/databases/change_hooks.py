"""Has the engine ask, before it changes a database and in a preview already, whether the change would lose data.

Only the engine knows what a database was; it tells a resource hook (tried with engine 3.246 and SDK 3.272). Hooks of
updates and not of deletions: with those bound, a plain `pulumi destroy` would fail for want of the program.
"""

from __future__ import annotations

import asyncio
import copy
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

import pulumi
from pulumi.runtime._callbacks import _CallbackServicer  # pyright: ignore[reportPrivateUsage]
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.guards import engine_refusal, place_refusal, refusals
from dbaas_components.databases.guards.fields import at

# The engine writes `before hook "check for lost data" failed: ` in front of the reason, and this name into the state: a
# name that differed from run to run would have it write every database anew.
_HOOK: Final = "check for lost data"
_NEW_HOOK: Final = "remember a new database"
_RESTORE_HOOK: Final = "check for a restore over data"
_ENGINE: Final = "engine"
_PLACE: Final = ("name", "namespace")

# Where the operators' restores name their database.
_RESTORED: Final = ("spec.pxcCluster", "spec.clusterName")
_RESTORE_REFUSAL: Final = (
    "the restore of its data_source would write over what the database holds, because the database exists already; "
    "leave data_source out once it has started from it, or, if it is empty because its first restore never ran, "
    'write data_source.overwrite "{name}"'
)

# The hooks of each program that runs: the engine takes a name only once. Weak, because a hook leads to its loop and
# would keep it for ever; the SDK holds a hook, and with it what made it, as long as the engine may ask.
_PROGRAMS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[_Program]] = weakref.WeakKeyDictionary()


class _Program:
    """The hooks of one program, and the databases that its run makes new."""

    def __init__(self) -> None:
        self._hooks: dict[str, pulumi.ResourceHook] = {}
        self._new: set[tuple[str, str]] = set()

    def changes(self) -> pulumi.ResourceHook:
        return self._hook(_HOOK, self._check_change)

    def new_databases(self) -> pulumi.ResourceHook:
        return self._hook(_NEW_HOOK, self._remember)

    def restores(self) -> pulumi.ResourceHook:
        return self._hook(_RESTORE_HOOK, self._check_restore)

    def _hook(self, name: str, callback: Callable[[pulumi.ResourceHookArgs], None]) -> pulumi.ResourceHook:
        if name not in self._hooks:
            self._hooks[name] = pulumi.ResourceHook(name, callback, pulumi.ResourceHookOptions(on_dry_run=True))
        return self._hooks[name]

    def _check_change(self, args: pulumi.ResourceHookArgs) -> None:
        _refuse(args)

    def _remember(self, args: pulumi.ResourceHookArgs) -> None:
        self._new.add(_place(args.new_inputs or {}, "metadata.name"))

    def _check_restore(self, args: pulumi.ResourceHookArgs) -> None:
        restore = args.new_inputs or {}
        path = next((one for one in _RESTORED if isinstance(at(restore, one), str)), _RESTORED[0])
        if _place(restore, path) not in self._new:
            _raise(at(restore, path), args, [_RESTORE_REFUSAL.format(name=at(restore, path))])


def _place(manifest: Mapping[str, Any], path: str) -> tuple[str, str]:
    # A namespace that is not known in a preview is the same unknown one for the database and for its restore.
    return str(at(manifest, "metadata.namespace")), str(at(manifest, path))


def _program() -> _Program | None:
    """The hooks of the program that runs; None where no engine can ask: there is none, it is older than hooks, or the
    SDK is older than 3.266."""
    if not _engine_can_ask():
        return None
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    kept = _PROGRAMS.get(loop)
    program = kept() if kept is not None else None
    if program is None:
        program = _Program()
        _PROGRAMS[loop] = weakref.ref(program)
    return program


def guard_binding(*, restored: bool = False) -> pulumi.ResourceHookBinding | None:
    """The hooks for a database's custom resource: whatever `guards.refusals` tells fails its preview and its update.

    `restored` if a restore into it comes after it; the run then remembers that it is new. One hook serves all databases
    of a program. None where no engine can ask.
    """
    program = _program()
    if program is None:
        return None
    new = [program.new_databases()] if restored else None
    return pulumi.ResourceHookBinding(before_update=[program.changes()], before_create=new)


def restore_binding() -> pulumi.ResourceHookBinding | None:
    """The hooks for the restore of a new database: it is refused unless the same run makes the database.

    A restore writes over whatever the database holds. One that a `data_source` adds to a database that exists, or that
    comes back because somebody deleted the finished one and the stack was refreshed, would lose all data since.
    """
    program = _program()
    return pulumi.ResourceHookBinding(before_create=[program.restores()]) if program else None


def guarded_options(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    """`opts` for the component of a database, with a change of its engine, name or namespace refused.

    Custom resources of two engines have two types and hence two URNs: to Pulumi one goes and another comes, and no hook
    of theirs sees both; nor does one where an object is replaced by one of another name. The component stays, and
    `component_inputs` keeps with it what it stands for.
    """
    binding = guard_binding()
    if binding is None:
        return opts
    options = copy.copy(opts) if opts is not None else pulumi.ResourceOptions()
    options.hooks = pulumi.ResourceHookBinding.merge(options.hooks, binding)
    return options


def component_inputs(
    engine: str, *, name: str | None = None, namespace: pulumi.Input[str] | None = None
) -> dict[str, pulumi.Input[str]]:
    """What the state keeps of a database's component, for a later run to compare with: its engine, and the name and
    namespace of its custom resource where there is but one."""
    place = zip(_PLACE, (name, namespace), strict=True)
    return {_ENGINE: engine, **{field: value for field, value in place if value is not None}}


def _engine_can_ask() -> bool:
    # SDKs without it (3.259 is one, 3.266 is not) stop the register of every program that ever had a hook when any
    # program ends, and fail if it was another's: an `up` after a `preview` in one process would break.
    if "_loop" not in _CallbackServicer.__annotations__:
        return False
    features: set[int] = cast("Any", SETTINGS).monitor_features
    return resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS in features


def _refuse(args: pulumi.ResourceHookArgs) -> None:
    before, after = args.old_inputs or {}, args.new_inputs or {}
    if args.type.startswith("kubernetes:"):
        found = refusals(before, after)
        name = at(after, "metadata.name")
    else:
        outputs = args.old_outputs or {}
        found = _component_problems(before, after, outputs)
        name = outputs.get("name")
    if found:
        _raise(name, args, found)


def _raise(name: object, args: pulumi.ResourceHookArgs, sentences: list[str]) -> None:
    # Here and not above: pydantic, which it loads, would cost every import of a component.
    from dbaas_components.errors import Problem, SpecError

    subject = name if isinstance(name, str) else args.name
    raise SpecError(f'database "{subject}"', [Problem("", sentence) for sentence in sentences])


def _component_problems(before: Mapping[str, Any], after: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[str]:
    # A state of an earlier release has no such inputs, but the same among the outputs, with the kind for the engine.
    kind = outputs.get("kind")
    engine = before.get(_ENGINE) or next((engine.name for engine in ENGINES.values() if engine.kind == kind), None)
    asked = [
        (engine_refusal, engine, after.get(_ENGINE)),
        *((partial(place_refusal, one), before.get(one) or outputs.get(one), after.get(one)) for one in _PLACE),
    ]
    return [
        sentence
        for refusal, had, wanted in asked
        if isinstance(had, str) and isinstance(wanted, str) and (sentence := refusal(had, wanted))
    ]
