"""`PmmTokens`: a token of PMM for every database, made and kept within the Kubernetes cluster."""

# No `from __future__ import annotations` here: Pulumi reads the annotations of the arguments to describe this component
# to other languages, and finds only text where that import is in force.

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

import pulumi

from dbaas_components.base import Component
from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.pmm.tokens_objects import rights, token_job
from dbaas_components.bootstrap.pmm.tokens_spec import PmmTokensSpec
from dbaas_components.kubernetes_objects import KubernetesObject


class TokenConsumerArgs(TypedDict):
    """A database that PMM watches."""

    namespace: str
    """Namespace of the database, which must be there."""
    database: str
    """Name of the database."""
    engine: Literal["pxc", "ps", "psmdb", "pg"]
    """Its engine, whose operator decides in which Secret and under which key the token has to be."""
    store: NotRequired[Literal["secret", "vault", "both"]]
    """Where the token is kept: in the database's Secret (default), in Vault, from where External Secrets brings it
    (a database with `credentials.store`), or in both."""
    secret: NotRequired[str]
    """The Secret; default: `<database>-secrets`, for pg `<database>-pmm-secret`."""
    vault_path: NotRequired[str]
    """Entry in Vault; default `<namespace>/<database>/credentials`, where the database's other passwords are."""


class VaultAccessArgs(TypedDict):
    """How the Job reaches Vault or OpenBao."""

    address: str
    """Such as `https://vault-active.vault.svc:8200`."""
    mount: NotRequired[str]
    """Mount of the key-value store, version 2; default `secret`."""
    auth_mount: NotRequired[str]
    """Mount of the Kubernetes auth method; default `kubernetes`."""
    role: NotRequired[str]
    """Role there, bound to the service account of `service_account`; default `pmm-tokens`. Its policy needs `create`,
    `read` and `update` on `<mount>/data/<path>` of each consumer."""
    audience: NotRequired[str]
    """Audience of the token that it logs in with; default `vault`."""
    ca_secret: NotRequired[str]
    """Secret with the authority of Vault's certificate, in the Job's namespace; default: the public ones."""
    ca_key: NotRequired[str]
    """Key in it; default `ca.crt`."""


class PmmTokensArgs(TypedDict):
    """Arguments of `PmmTokens`."""

    ownership: Mapping[str, str]
    """`owner`, `cost_centre`, `environment`; `tenant` unless it is the platform's."""
    server: str
    """Address of PMM, `https://monitoring-service.pmm`: `Pmm` has it as output `server`."""
    consumers: Sequence[TokenConsumerArgs]
    """Who gets a token, one each."""
    namespace: NotRequired[str]
    """Namespace of the Job, where the admin's Secret is; default `pmm`."""
    admin_secret: NotRequired[str]
    """Secret with the password of PMM's admin; default `pmm-admin`."""
    admin_key: NotRequired[str]
    """Key in it; default `PMM_ADMIN_PASSWORD`."""
    admin_user: NotRequired[str]
    """The admin; default `admin`."""
    ca_secret: NotRequired[str]
    """Secret with the authority of PMM's certificate, in the same namespace; default: the public ones."""
    ca_key: NotRequired[str]
    """Key in it; default `ca.crt`."""
    vault: NotRequired[VaultAccessArgs]
    """Vault or OpenBao, where a consumer's `store` says so."""
    schedule: NotRequired[str]
    """When it is looked again whether PMM accepts the tokens, which after PMM was made anew it does not; default every
    hour, `17 * * * *`."""
    pull_secrets: NotRequired[Sequence[str]]
    """Secrets with credentials of the registry, in the Job's namespace."""
    sources: NotRequired[Mapping[str, str]]
    """`mirror` of the image; default: from its maker."""


class PmmTokens(Component):
    """A Job that gives each consumer a token, again with every change of this component, and every hour.

    A token is made only where the one that is kept is missing or refused. No token and no password passes through
    Pulumi.
    """

    service_account: pulumi.Output[str]
    """The Job's service account, `namespace/name`, which Vault's role has to be bound to."""
    secrets: pulumi.Output[dict[str, str]]
    """Service account in PMM to where the token is kept: `namespace/secret/key`, or `vault:path/key`."""

    def __init__(self, name: str, args: PmmTokensArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Raises `SpecError` with every problem of `args`, before anything is registered."""
        spec = parse_arguments(PmmTokensSpec, f'tokens of PMM "{name}"', args)
        self.begin(name, opts)
        # The service account's name is known to Vault, so it does not follow the component's.
        program = token_job(spec, "pmm-tokens")
        before: list[pulumi.Resource] = [
            KubernetesObject(
                self.child_name(f"{one['metadata']['namespace']}-{one['kind'].lower()}"), one, self.child_options()
            )
            for one in rights(spec, program.name)
        ]
        before.append(KubernetesObject(self.child_name("program"), program.config_map(), self.child_options()))
        self._job = KubernetesObject(self.child_name("job"), program.job(), self.child_options(depends_on=before))
        KubernetesObject(
            self.child_name("schedule"), program.cron_job(spec.schedule), self.child_options(depends_on=before)
        )
        places = {
            one.account: f"{one.namespace}/{one.secret_name}/{one.key}"
            if one.in_secret
            else f"vault:{one.path}/{one.key}"
            for one in spec.consumers
        }
        self.publish(self._job, service_account=f"{spec.namespace}/{program.name}", secrets=places)

    @property
    def gate(self) -> KubernetesObject:
        """What a database that PMM watches has to depend on: its token is there."""
        return self._job
