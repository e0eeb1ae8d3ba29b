"""Reading a database's custom resource and Secrets from a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from dbaas_components.databases.engine import Engine
from dbaas_components.databases.engines import ENGINES
from dbaas_components.errors import Problem, SpecError, one_of, shown

if TYPE_CHECKING:
    from kubernetes.client import ApiClient, ApiException

TIMEOUT_SECONDS: Final = 30
_NOT_FOUND: Final = 404


@contextmanager
def cluster_refusals(what: str) -> Generator[None]:
    """Tells what goes wrong between us and the API server as a `SpecError` about `what`, without what was sent."""
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        raise SpecError(what, [Problem("", _answer(error))]) from None
    except HTTPError:
        message = "the Kubernetes cluster does not answer; name another with --kubeconfig or --context"
        raise SpecError(what, [Problem("", message)]) from None


_ANSWERS: Final = {
    401: "the Kubernetes cluster does not know who asks; log in, or name another context with --context",
    403: "may not be read or written by whoever asks; use a context that may, with --context",
    404: "is not there; correct name, namespace or --context",
    409: "somebody else changes it faster than it can be read; try again later",
}


def _answer(error: ApiException) -> str:
    # Never the answer's body: it may repeat what was sent.
    told: Any = error
    other = f"the Kubernetes cluster refuses ({told.status} {told.reason}); ask who runs it"
    return _ANSWERS.get(told.status, other)


def engine_of_word(word: str) -> Engine:
    """The engine whose kind, plural (with or without its group) or short name this is; letters may be large or small.

    Raises `SpecError` for any other word.
    """
    lower = word.lower()
    for engine in ENGINES.values():
        if lower in {engine.kind.lower(), engine.plural, engine.definition_name, engine.name, *engine.short_names}:
            return engine
    known = {word for engine in ENGINES.values() for word in (engine.kind, *engine.short_names)}
    raise SpecError("kind", [Problem("", f"{shown(word)} is not known; {one_of(word, known)}")])


def connect(context: str | None = None, kubeconfig: Path | None = None) -> ApiClient:
    """A client for the Kubernetes cluster of a context; default: the kubeconfig's current one.

    Raises `SpecError` where there is no such kubeconfig or context.
    """
    # Here and not above: nobody who only writes a program should pay for the client.
    from kubernetes import config

    untyped = cast("Any", config)
    try:
        return untyped.new_client_from_config(config_file=str(kubeconfig) if kubeconfig else None, context=context)
    except config.ConfigException as error:
        message = f"{str(error).strip().rstrip('.')}; name another with --kubeconfig or --context"
        raise SpecError("Kubernetes cluster", [Problem("", message)]) from None


def read_custom_resource(client: ApiClient, engine: Engine, namespace: str, name: str) -> dict[str, Any]:
    """A database's custom resource as the API server holds it. Raises `SpecError` where it cannot be read."""
    from kubernetes.client import CustomObjectsApi

    group, _, version = engine.api_version.partition("/")
    with cluster_refusals(f"{engine.kind} {namespace}/{name}"):
        found = CustomObjectsApi(client).get_namespaced_custom_object(
            group, version, namespace, engine.plural, name, _request_timeout=TIMEOUT_SECONDS
        )
    return cast("dict[str, Any]", found)


def find_custom_resource(client: ApiClient, namespace: str, name: str) -> dict[str, Any]:
    """The custom resource of a database whose engine is not known.

    Raises `SpecError` where no engine or more than one has a database of that name.
    """
    from kubernetes.client import ApiException, CustomObjectsApi

    found: dict[str, dict[str, Any]] = {}
    with cluster_refusals(f"database {namespace}/{name}"):
        for engine in ENGINES.values():
            group, _, version = engine.api_version.partition("/")
            try:
                answer = CustomObjectsApi(client).get_namespaced_custom_object(
                    group, version, namespace, engine.plural, name, _request_timeout=TIMEOUT_SECONDS
                )
            except ApiException as error:
                # Neither this kind's definition need be there nor an object of it.
                if cast("Any", error).status != _NOT_FOUND:
                    raise
            else:
                found[engine.name] = cast("dict[str, Any]", answer)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        words = " and ".join(f"{word}/{name}" for word in found)
        raise SpecError(f"database {namespace}/{name}", [Problem("", f"there are {words}; write one of these")])
    message = "is not there, in any engine; correct name, namespace or --context"
    raise SpecError(f"database {namespace}/{name}", [Problem("", message)])
