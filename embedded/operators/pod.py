"""What an operator expects to find of itself in the API: its namespace, and the Pod that it believes to run in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import kubernetes
import urllib3
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from embedded.operators.errors import OperatorError

# Seconds. The service account without which no Pod is accepted is made a moment after its namespace.
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class OperatorPod:
    """The Pod that stands for the operator's Deployment: its name, the operator's container and its image.

    The operators of pxc 1.20.0 and psmdb 1.22.0 read there the image for their databases' init containers.
    """

    name: str
    container: str
    image: str


def prepare_namespace(kubeconfig: Path, namespace: str, pod: OperatorPod | None) -> None:
    """Makes the namespace and the Pod, where they are not there yet. Nothing ever runs in that Pod.

    Raises `OperatorError` where the API server refuses.
    """
    client: Any = kubernetes.client.CoreV1Api(kubernetes.config.new_client_from_config(str(kubeconfig)))
    try:
        _unless_there(lambda: client.create_namespace({"metadata": {"name": namespace}}))
        if pod is None:
            return
        manifest = {
            "metadata": {"name": pod.name},
            "spec": {"containers": [{"name": pod.container, "image": pod.image}]},
        }
        for attempt in Retrying(
            retry=retry_if_exception(_is_refused),
            stop=stop_after_delay(_PATIENCE),
            wait=wait_fixed(0.1),
            reraise=True,
        ):
            with attempt:
                _unless_there(lambda: client.create_namespaced_pod(namespace, manifest))
    except kubernetes.client.ApiException as error:
        raise OperatorError(f"preparing namespace {namespace} for an operator: {error.reason}: {error.body}") from None
    except urllib3.exceptions.HTTPError as error:
        raise OperatorError(f"the API server of {kubeconfig} does not answer ({error}); start it first") from None


def _unless_there(create: Callable[[], object]) -> None:
    try:
        create()
    except kubernetes.client.ApiException as error:
        if error.status != 409:
            raise


def _is_refused(error: BaseException) -> bool:
    return isinstance(error, kubernetes.client.ApiException) and error.status == 403
