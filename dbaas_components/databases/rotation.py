"""Rotating one password: one key of one Secret gets a new value, and the operator changes the user's password to it.

The value is made here and goes to the API server alone: no caller, no message and no log ever holds it.
"""

from __future__ import annotations

import base64
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from dbaas_components.databases.adoption import adopt
from dbaas_components.databases.engine import Password
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.live import TIMEOUT_SECONDS, cluster_refusals
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import Problem, SpecError, one_of, shown

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

    from dbaas_components.databases.spec import DatabaseSpec

LENGTH: Final = 28
"""Characters of a new password. MySQL's replication takes no more than 32."""
# No character that a shell, a URI, YAML or ProxySQL's list of users would read as something else.
_SPECIAL: Final = "-_."
_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIAL)
_EXTERNAL_SECRETS: Final = "external-secrets.io"
# Fields of the four custom resources that say which Secret holds users' passwords.
_NAMES_A_SECRET: Final = re.compile(
    r"^spec\.(secretsName|secrets\.users|users\[.*(passwordSecretRef|secretName|\]\.name))"
)
_ATTEMPTS: Final = 6
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was changed; never the value."""

    secret: str
    """`namespace/name`"""
    key: str
    made_by_operator: bool
    """Whether the key was emptied, for the operator to fill."""


def new_password() -> str:
    """A fresh password of `LENGTH` characters with lower and upper case, digits and punctuation, a letter first: what
    MySQL's and PostgreSQL's own rules for passwords ask for."""
    while True:
        first = secrets.choice(string.ascii_letters)
        password = first + "".join(secrets.choice("".join(_KINDS)) for _ in range(LENGTH - 1))
        if all(any(character in kind for character in password) for kind in _KINDS):
            return password


def password_of(spec: DatabaseSpec, user: str) -> Password:
    """Where a user's password is. Raises `SpecError` that names the users there are."""
    passwords = ENGINES[spec.engine].passwords(spec)
    if user not in passwords:
        message = f"{shown(user)} is not a user whose password can be rotated here; {one_of(user, passwords)}"
        raise SpecError(f'database "{spec.name}"', [Problem("user", message)])
    return passwords[user]


def running_specification(manifest: Mapping[str, Any]) -> DatabaseSpec:
    """The specification of a running custom resource, as far as its Secrets go.

    Raises `SpecError` as `adopt` does, and where the custom resource names its Secrets in a way that there are no words
    for: the password would be looked for in another one.
    """
    adopted = adopt(manifest)
    unknown = [path for path in adopted.outside if _NAMES_A_SECRET.search(path)]
    if unknown:
        message = f"{', '.join(unknown)} names a Secret in a way that is not known here; change the Secret by hand"
        raise SpecError(f"{adopted.engine.kind} {adopted.import_id}", [Problem("", message)])
    arguments = {key: value for key, value in adopted.arguments.items() if key != "overrides"}
    return parse_database(adopted.name, arguments)


def rotate_password(client: ApiClient, spec: DatabaseSpec, user: str) -> Rotated:
    """Gives a user's key in its Secret a new value; the operator then changes the password in the database.

    If somebody else changes the Secret meanwhile, it is read and tried again, six times in all.

    Raises `SpecError` for a user that is not there, a Secret or a key that is missing, a Secret that External Secrets
    or somebody's hand keeps, and whatever the API server refuses.
    """
    from kubernetes.client import ApiException
    from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

    def is_conflict(error: BaseException) -> bool:
        return isinstance(error, ApiException) and cast("Any", error).status == _CONFLICT

    password = password_of(spec, user)
    name = f"{spec.namespace}/{password.secret}"
    attempts = retry(
        retry=retry_if_exception(is_conflict),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )
    with cluster_refusals(f"Secret {name}"):
        attempts(_rotate)(client, spec, password)
    return Rotated(name, password.key, password.made_by_operator)


def _rotate(client: ApiClient, spec: DatabaseSpec, password: Password) -> None:
    from kubernetes.client import CoreV1Api

    api = cast("Any", CoreV1Api(client))
    secret = api.read_namespaced_secret(password.secret, spec.namespace, _request_timeout=TIMEOUT_SECONDS)
    if reason := _refusal(client, spec, password, secret):
        raise SpecError(f"Secret {spec.namespace}/{password.secret}", [Problem("", reason)])
    value = "" if password.made_by_operator else new_password()
    api.patch_namespaced_secret(
        password.secret,
        spec.namespace,
        {
            # With the version that was read, the API server refuses if somebody else was faster.
            "metadata": {"resourceVersion": secret.metadata.resource_version},
            "data": {password.key: base64.b64encode(value.encode()).decode()},
        },
        _content_type="application/merge-patch+json",
        _request_timeout=TIMEOUT_SECONDS,
    )


def _refusal(client: ApiClient, spec: DatabaseSpec, password: Password, secret: Any) -> str | None:
    """Why this Secret is not to be changed here, or None."""
    if _is_external(secret.metadata):
        return f"comes from a store, by External Secrets; rotate it there: {_place_in_store(client, spec, password)}"
    if password.key not in (secret.data or {}):
        return f'has no key "{password.key}"; the operator makes it when the database has started'
    if secret.immutable:
        return "is immutable; replace it by one that is not"
    return None


def _is_external(metadata: Any) -> bool:
    owners = [str(owner.api_version) for owner in metadata.owner_references or ()]
    marks: list[str] = [*map(str, metadata.labels or {}), *map(str, metadata.annotations or {})]
    return any(_EXTERNAL_SECRETS in word for word in (*owners, *marks))


def _place_in_store(client: ApiClient, spec: DatabaseSpec, password: Password) -> str:
    """Where a key's value comes from, as far as its ExternalSecret says so."""
    from kubernetes.client import ApiException, CustomObjectsApi

    named = f"ExternalSecret {spec.namespace}/{password.secret} says where"
    try:
        found = CustomObjectsApi(client).get_namespaced_custom_object(
            "external-secrets.io",
            "v1",
            spec.namespace,
            "externalsecrets",
            password.secret,
            _request_timeout=TIMEOUT_SECONDS,
        )
    except ApiException:
        # It may bear another name, or be out of reach for whoever asks; the refusal stands without it.
        return named
    external = cast("Mapping[str, Any]", found).get("spec", {})
    store = external.get("secretStoreRef", {})
    for entry in external.get("data", ()):
        if entry.get("secretKey") == password.key:
            remote = entry.get("remoteRef", {})
            place = " property ".join(part for part in (remote.get("key"), remote.get("property")) if part)
            return f"{store.get('kind', 'SecretStore')} {store.get('name')}, {place}"
    return named
