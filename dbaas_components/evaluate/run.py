"""Runs a Pulumi program in this process, without engine, CLI or network, and gives what it would register."""

from __future__ import annotations

import contextvars
import inspect
import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pulumi.runtime.stack import run_in_stack

from dbaas_components.evaluate.answers import Answer, Answers
from dbaas_components.evaluate.errors import EvaluationError
from dbaas_components.evaluate.failure import clearest
from dbaas_components.evaluate.graph import Graph, Message
from dbaas_components.evaluate.loop import ProgramLoop
from dbaas_components.evaluate.monitor import STACK_TYPE, RecordingMonitor
from dbaas_components.evaluate.program import load
from dbaas_components.evaluate.resource import Resource
from dbaas_components.evaluate.session import configured, unhandled_error
from dbaas_components.registration import collection_paused

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def evaluate(
    program: Callable[[], Any] | Path,
    *,
    project: str = "project",
    stack: str = "dev",
    organization: str = "organization",
    config: Mapping[str, object] = _NOTHING,
    secret_config: Collection[str] = (),
    dry_run: bool = False,
    invokes: Mapping[str, Answer] = _NOTHING,
    reads: Mapping[str, Answer] = _NOTHING,
    outputs: Mapping[str, Answer] = _NOTHING,
    stack_references: Mapping[str, Mapping[str, Any]] = _NOTHING,
    timeout: float = 300.0,
) -> Graph:
    """The graph of all resources that a Pulumi program registers: URNs, inputs, options, exports, secrets.

    It answers "what would be registered". What would *happen* (create, update, replace) only the engine knows.

    Args:
        program: A function without arguments, plain or `async`, or the path of a program: a folder with a
            `__main__.py` (or whose `Pulumi.yaml` names it in `main`), or a Python file.
        project, stack, organization: What `pulumi.get_project()` and its like give; parts of every URN.
        config: The stack's configuration. A key without a namespace gets the project's, as in `Pulumi.<stack>.yaml`;
            values that are not text are encoded as JSON, as the engine does.
        secret_config: The keys of `config` that are secret.
        dry_run: True makes it a preview: identifiers are unknown, `pulumi.runtime.is_dry_run()` is true.
        invokes: What functions of providers return, by token, `{"aws:index/getRegion:getRegion": {"id": "..."}}`. Each
            answer is a mapping, or a function from a `Question` to one; the key `"*"` answers all others.
        reads: The properties of resources that exist already (`Type.get(...)`), by type token, likewise.
        outputs: What providers add to the inputs of resources, by type token, likewise; `id` sets the identifier.
        stack_references: The exports of other stacks, by `organization/project/stack`; values may be `Secret`.
        timeout: Seconds of wall clock time. A program that waits for something nothing will give is found after ten
            seconds; one that never leaves its own code cannot be interrupted.

    A resource's outputs are its inputs, and what `outputs` answers. Of Kubernetes objects the name, the namespace and
    the identifier are known as well. `transforms=` and hooks are run by the engine and not here; they are counted and
    named in the graph. A `.get` by URN finds only what the program itself registered.

    May be called any number of times, from several threads at once, and inside a running event loop. Nothing is left
    behind, after an error neither. Only programs given by path run one at a time, since they share `sys.path`.

    Raises:
        DuplicateUrnError: two resources have one URN.
        UnansweredError: a provider or another stack was asked for something that was not answered.
        EvaluationError: a configuration key or value is wrong, or the program never finishes.
        Exception: whatever the program itself raises, as it is.
    """
    encoded, secret_keys = _configuration(project, config, secret_config)
    answers = Answers(invokes, reads, outputs, stack_references)
    monitor = RecordingMonitor(project, stack, organization, dry_run, answers)
    log = _Log()
    body, root_directory = load(program)

    with collection_paused():
        loop = ProgramLoop(timeout)
        prepare = partial(
            configured,
            project=project,
            stack=stack,
            organization=organization,
            root_directory=root_directory,
            monitor=monitor,
            engine=log,
            dry_run=dry_run,
            config=encoded,
            secret_keys=secret_keys,
        )
        steps = (prepare, partial(_run, body, monitor, loop))
        _in_own_thread(steps, lambda: loop.call_soon_threadsafe(loop.stop))
    return _graph(monitor, project, stack, log)


def _run(body: Callable[[], Any], monitor: RecordingMonitor, loop: ProgramLoop) -> None:
    failed: list[BaseException] = []

    async def started() -> None:
        try:
            result = body()
            if inspect.isawaitable(result):
                await result
        except BaseException as error:
            failed.append(error)
            raise

    async def program() -> None:
        # In a task of its own the body starts close to the bottom of the stack; see _in_own_thread.
        await loop.create_task(started())

    try:
        loop.run_until_complete(run_in_stack(program))
    except BaseException as error:
        chosen = clearest([monitor.error, *failed, loop.watch.raised, unhandled_error(), error])
        if chosen is error:
            raise
        raise chosen from (None if chosen.__cause__ is chosen else chosen.__cause__)
    finally:
        loop.finish()


def _in_own_thread(steps: Sequence[Callable[[], None]], interrupt: Callable[[], object]) -> None:
    """Takes the steps one after the other in a thread, in a copy of this one's context.

    There the program may use an event loop although the caller runs one, and it starts on a short stack: the SDK walks
    the whole stack on every registration, so that the fifty frames of pytest alone would add 15 % to the time.
    """
    context = contextvars.copy_context()
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            for step in steps:
                context.run(step)
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            errors.append(error)

    thread = threading.Thread(target=guarded, name="evaluate", daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:  # Ctrl-C: the program ends with its caller
        interrupt()
        thread.join()
        raise
    if errors:
        raise errors[0]


def _configuration(
    project: str, config: Mapping[str, object], secret: Collection[str]
) -> tuple[dict[str, str], list[str]]:
    def full(key: str) -> str:
        return key if ":" in key else f"{project}:{key}"

    encoded: dict[str, str] = {}
    for key, value in config.items():
        try:
            encoded[full(key)] = (
                value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), sort_keys=True)
            )
        except (TypeError, ValueError):
            raise EvaluationError(
                f'config "{key}" is a {type(value).__name__}; give text, a number, true or false, a list or a mapping'
            ) from None
    secret_keys = [full(key) for key in secret]
    for key in secret_keys:
        if key not in encoded:
            raise EvaluationError(f'secret_config names "{key}", which config does not hold; add it there')
    return encoded, secret_keys


class _Log:
    """Takes what the program logs. Debug lines are the SDK's own and are dropped."""

    drops_debug_messages = True
    """Read where components quicken their program: such lines need not be made."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def Log(self, request: Any) -> None:
        severity = _SEVERITIES.get(request.severity)
        if severity is not None:
            self.messages.append(Message(severity, request.message))

    def RequirePulumiVersion(self, request: Any) -> None:
        """No engine is here whose version could be wrong."""


_SEVERITIES = {1: "info", 2: "warning", 3: "error"}


def _graph(monitor: RecordingMonitor, project: str, stack: str, log: _Log) -> Graph:
    resources = {
        urn: Resource(
            urn=urn,
            type=registration.type,
            name=registration.name,
            custom=registration.custom,
            read=registration.read,
            place=registration.place,
            _registration=registration,
        )
        for urn, registration in sorted(monitor.registrations.items())
    }
    root = next(resource for resource in resources.values() if resource.type == STACK_TYPE)
    return Graph(
        project=project,
        stack_name=stack,
        resources=tuple(resource for resource in resources.values() if resource is not root),
        stack=root,
        messages=tuple(log.messages),
        stack_transforms=monitor.transforms,
        _by_urn=MappingProxyType(resources),
    )
