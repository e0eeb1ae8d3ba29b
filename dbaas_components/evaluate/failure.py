"""Which of the errors of a failed program is the one to show."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi.runtime import resource_cycle_breaker

from dbaas_components.evaluate.errors import EvaluationError

# How the SDK begins the message when it wraps an error that came up while it serialised a resource's inputs
# (pulumi 3.246 to 3.272, runtime/resource.py and runtime/rpc.py). The wrapper repeats the input's value, which may be
# secret; the error inside is the program's own.
_WRAPPERS = ("While processing resource: ", "While processing input: ")


def clearest(errors: Iterable[BaseException | None]) -> BaseException:
    """The first of the errors, in the order of their rank, without the SDK's wrapping."""
    error = next(error for error in errors if error is not None)
    seen = {id(error)}
    while str(error).startswith(_WRAPPERS):
        # The SDK may have made an error its own cause by raising it from itself; the context then still leads inside.
        inner = next((e for e in (error.__cause__, error.__context__) if e is not None and id(e) not in seen), None)
        if inner is None:
            break
        seen.add(id(inner))
        error = inner
    return _too_deep(error) or error


def _too_deep(error: BaseException) -> EvaluationError | None:
    """The SDK follows a chain of dependencies by recursion, under the engine too, and gives up on a long one."""
    if not isinstance(error, RecursionError):
        return None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == resource_cycle_breaker.__file__:
            return EvaluationError(
                "a chain of depends_on is longer than the Pulumi SDK can follow (somewhat under 1,000 resources, one "
                "after the other); the engine would fail in the same way. Let resources depend on one gate for each "
                "stage of the program instead of on each other"
            )
        trace = trace.tb_next
    return None
