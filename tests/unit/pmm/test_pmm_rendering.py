"""What PMM's chart and the objects beside it are given."""

from __future__ import annotations

import base64
import math
import random
import ssl
from typing import Any

import pytest
import yaml

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.charts import value_problems
from dbaas_components.bootstrap.pmm import objects
from dbaas_components.bootstrap.pmm.dhparam import dhparam_pem, group_prime
from dbaas_components.bootstrap.pmm.spec import PmmSpec
from dbaas_components.bootstrap.pmm.tokens_objects import rights, token_job
from dbaas_components.bootstrap.pmm.tokens_spec import PmmTokensSpec
from dbaas_components.bootstrap.pmm.values import CLAIM, environment, pmm_values
from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.spec import parse_database
from dbaas_components.errors import SpecError

pytestmark = pytest.mark.slow

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def pmm(**args: Any) -> PmmSpec:
    return parse_arguments(PmmSpec, 'PMM "main"', {"ownership": OWNERSHIP, **args})


def tokens(**args: Any) -> PmmTokensSpec:
    consumer = {"namespace": "shop", "database": "orders", "engine": "pxc"}
    given = {"ownership": OWNERSHIP, "server": "https://monitoring-service.pmm", "consumers": [consumer], **args}
    return parse_arguments(PmmTokensSpec, 'tokens of PMM "main"', given)


def everything() -> dict[str, Any]:
    return {
        "storage": {"size": "1Ti", "storage_class": "dbaas-high"},
        "retention": "90d",
        "resources": {"cpu": "4", "memory": "32Gi"},
        "environment": {"PMM_ENABLE_ALERTING": "1"},
        "service": "load_balancer",
        "service_annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"},
        "host_names": ["pmm.example.com"],
        "node_labels": {"pool": "platform"},
        "tolerations": [{"key": "platform"}],
        "pull_secrets": ["registry"],
    }


@pytest.mark.parametrize("args", [{}, everything(), {"certificate": "self_signed"}])
def test_the_chart_knows_every_value(args):
    assert value_problems("pmm", pmm_values(pmm(**args))) == []


def test_the_chart_makes_no_password_and_opens_no_port_to_the_outside():
    values = pmm_values(pmm())
    assert values["secret"] == {"create": False, "name": "pmm-admin"}
    assert values["service"] == {"name": "monitoring-service", "type": "ClusterIP"}
    assert value_problems("pmm", {"secret": {"creat": False}}) != []


def test_nothing_is_told_to_the_makers_whatever_is_set_besides():
    found = environment(pmm(environment={"GF_ANALYTICS_REPORTING_ENABLED": "true"}, retention="90d"))
    assert (found["PMM_ENABLE_TELEMETRY"], found["PMM_ENABLE_UPDATES"]) == ("0", "0")
    assert found["PMM_DATA_RETENTION"] == "2160h"
    # What the user says of Grafana is the user's to say.
    assert found["GF_ANALYTICS_REPORTING_ENABLED"] == "true"
    assert environment(pmm())["GF_ANALYTICS_REPORTING_ENABLED"] == "false"
    assert all(isinstance(value, str) for value in found.values())


def test_the_web_server_finds_all_its_files_in_a_folder_that_it_cannot_write_to():
    values = pmm_values(pmm())
    (volume,) = [one for one in values["extraVolumes"] if one["name"] == "certificate"]
    secret, settings = volume["projected"]["sources"]
    files = {item["path"]: item["key"] for item in secret["secret"]["items"]}
    assert files == {"certificate.crt": "tls.crt", "certificate.key": "tls.key", "ca-certs.pem": "ca.crt"}
    written = objects.web_server_settings(pmm())
    assert settings["configMap"]["name"] == written["metadata"]["name"]
    assert set(written["data"]) == {"dhparam.pem", "certificate.conf"}
    assert secret["secret"]["name"] == objects.certificate(pmm())["spec"]["secretName"]
    mounts = {one["mountPath"] for one in values["extraVolumeMounts"]}
    assert mounts == {"/srv/nginx", "/usr/local/percona/pmm/config"}


def test_the_charts_own_volume_stays_where_its_list_is_replaced():
    for certificate in ("cert_manager", "self_signed"):
        names = {one["name"] for one in pmm_values(pmm(certificate=certificate))["extraVolumes"]}
        assert "pmm-config" in names


def test_a_larger_volume_changes_the_claim_and_nothing_of_the_stateful_set():
    small, large = pmm(), pmm(storage={"size": "1Ti", "storage_class": "fast"})
    assert pmm_values(small)["storage"] == pmm_values(large)["storage"]
    claim = objects.claim(large, CLAIM)
    assert claim["metadata"]["name"] == "pmm-storage-pmm-0"
    assert claim["spec"]["resources"]["requests"]["storage"] == "1Ti"
    assert claim["spec"]["storageClassName"] == "fast"


def test_the_password_is_made_once_and_cannot_be_made_again():
    generator, secret = objects.first_password(pmm()).generated()
    target = secret["spec"]["target"]
    assert secret["spec"]["refreshPolicy"] == "CreatedOnce"
    assert (target["creationPolicy"], target["deletionPolicy"], target["immutable"]) == ("Orphan", "Retain", True)
    assert list(target["template"]["data"]) == ["PMM_ADMIN_PASSWORD"]
    reference = secret["spec"]["dataFrom"][0]["sourceRef"]["generatorRef"]
    assert reference == {
        "apiVersion": generator["apiVersion"],
        "kind": "Password",
        "name": generator["metadata"]["name"],
    }
    assert generator["spec"]["length"] >= 32


def test_the_certificate_bears_every_name_of_the_service():
    spec = objects.certificate(pmm(host_names=["pmm.example.com"]))["spec"]
    assert spec["dnsNames"] == [
        "monitoring-service",
        "monitoring-service.pmm",
        "monitoring-service.pmm.svc",
        "monitoring-service.pmm.svc.cluster.local",
        "pmm.example.com",
    ]
    assert spec["issuerRef"] == {"name": "dbaas-ca", "kind": "ClusterIssuer", "group": "cert-manager.io"}


def is_prime(number: int) -> bool:
    """Miller and Rabin's test with 24 bases."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    chance = random.Random(7)
    for _ in range(24):
        value = pow(chance.randrange(2, number - 1), odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def test_the_group_is_that_of_rfc_7919():
    prime = group_prime()
    assert prime.bit_length() == 3_072
    assert is_prime(prime)
    assert is_prime((prime - 1) // 2)
    # RFC 7919, appendix A.2: the first and the last words of the prime, and the digits of e in between.
    text = f"{prime:X}"
    assert text.startswith("FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1")
    assert text.endswith("66C62E37FFFFFFFFFFFFFFFF")
    assert (prime >> (3_072 - 64 - 52)) & (2**52 - 1) == int(math.e * 2**50)


def test_the_group_is_what_openssl_reads(tmp_path):
    (tmp_path / "dhparam.pem").write_text(dhparam_pem())
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_dh_params(tmp_path / "dhparam.pem")
    content = base64.b64decode("".join(dhparam_pem().splitlines()[1:-1]))
    assert content.endswith(group_prime().to_bytes(384, "big") + bytes([2, 1, 2]))


@pytest.mark.parametrize("engine", ENGINES)
def test_tokens_go_where_the_databases_of_each_engine_read_them(engine):
    database = {"engine": engine, "namespace": "shop", "observability": {"pmm": {"server": "monitoring-service.pmm"}}}
    if engine == "ps":
        database["credentials"] = {"secret": "orders-secrets"}
    spec = parse_database("orders", database)
    (consumer,) = tokens(consumers=[{"namespace": "shop", "database": "orders", "engine": engine}]).consumers
    rendered = yaml.safe_dump(ENGINES[engine].render(spec))
    assert consumer.secret_name in rendered
    if engine != "pg":
        known = ENGINES[engine].system_users(spec)
        assert (consumer.secret_name, consumer.key) == (known.secret, known.keys[-1])


def test_a_database_whose_passwords_come_from_a_store_has_its_token_there():
    database = {
        "engine": "pxc",
        "namespace": "shop",
        "observability": {"pmm": {"server": "monitoring-service.pmm"}},
        "credentials": {"store": {"name": "vault", "kind": "ClusterSecretStore"}},
    }
    from dbaas_components.databases.rendering.external_secrets import credentials_secret

    (placed,) = credentials_secret(parse_database("orders", database), ENGINES["pxc"])
    wanted = {one["secretKey"]: one["remoteRef"] for one in placed.manifest["spec"]["data"]}["pmmservertoken"]
    consumer = {"namespace": "shop", "database": "orders", "engine": "pxc", "store": "vault"}
    spec = tokens(consumers=[consumer], vault={"address": "https://vault-active.vault.svc:8200"})
    assert {"key": spec.consumers[0].path, "property": spec.consumers[0].key} == wanted
    assert not spec.consumers[0].in_secret


def test_the_job_may_write_the_named_secrets_and_no_others():
    made = rights(
        tokens(
            consumers=[
                {"namespace": "shop", "database": "orders", "engine": "pxc"},
                {"namespace": "shop", "database": "search", "engine": "pg"},
                {"namespace": "billing", "database": "books", "engine": "ps", "store": "vault"},
            ],
            vault={"address": "https://vault:8200"},
        ),
        "pmm-tokens",
    )
    assert [(one["kind"], one["metadata"]["namespace"]) for one in made] == [
        ("ServiceAccount", "pmm"),
        ("Role", "shop"),
        ("RoleBinding", "shop"),
    ]
    named = [rule for rule in made[1]["rules"] if "resourceNames" in rule]
    assert [rule["resourceNames"] for rule in named] == [["orders-secrets", "search-pmm-secret"]]
    assert [rule["verbs"] for rule in made[1]["rules"] if "resourceNames" not in rule] == [["create"]]


def test_a_job_runs_again_when_what_it_does_has_changed_and_only_then():
    first, again = token_job(tokens(), "pmm-tokens").job(), token_job(tokens(), "pmm-tokens").job()
    assert first == again
    other = token_job(tokens(admin_user="dba"), "pmm-tokens").job()
    assert other["metadata"]["name"] != first["metadata"]["name"]
    assert first["metadata"]["name"].startswith("pmm-tokens-")


def test_the_job_holds_no_secret_but_files_of_one_key_each():
    vault = {"address": "https://vault:8200", "ca_secret": "vault-ca"}
    consumer = {"namespace": "shop", "database": "orders", "engine": "pxc", "store": "both"}
    job = token_job(tokens(vault=vault, consumers=[consumer], ca_secret="pmm-certificate"), "pmm-tokens").job()
    pod = job["spec"]["template"]["spec"]
    secrets = {one["secret"]["secretName"]: one["secret"]["items"] for one in pod["volumes"] if "secret" in one}
    assert secrets == {
        "pmm-admin": [{"key": "PMM_ADMIN_PASSWORD", "path": "PMM_ADMIN_PASSWORD"}],
        "pmm-certificate": [{"key": "ca.crt", "path": "ca.crt"}],
        "vault-ca": [{"key": "ca.crt", "path": "ca.crt"}],
    }
    (container,) = pod["containers"]
    assert "env" not in container
    (login,) = [one for one in pod["volumes"] if one["name"] == "vault-login"]
    assert login["projected"]["sources"][0]["serviceAccountToken"]["audience"] == "vault"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"retention": "36h"}, 'retention: "36h" is not a number of whole days, which PMM wants; write such as 90d'),
        (
            {"environment": {"GF_SMTP_PASSWORD": "x"}},
            "is a secret by its name; put it into the Secret of admin_secret, as a further key GF_SMTP_PASSWORD",
        ),
        ({"environment": {"PMM_ENABLE_TELEMETRY": "1"}}, "is set already; updates and telemetry stay off"),
        ({"environment": {"ENABLE_CLUSTER_ROLE_ADMIN": "1"}}, "is not a setting of PMM or its Grafana"),
        ({"service_annotations": {"a/b": "c"}}, "has no effect on an internal Service"),
        ({"certificate": "self_signed", "host_names": ["a.b"]}, "host_names: has no effect on PMM's own certificate"),
        (
            {"external": {"server": "https://pmm.example.com", "admin_secret": "pmm"}, "storage": {"size": "1Ti"}},
            "storage: has no effect on a PMM server that somebody else runs; leave it or external out",
        ),
        (
            {"external": {"server": "pmm.example.com", "admin_secret": "pmm"}},
            'external.server: "pmm.example.com" is not the address of a PMM server; write such as https://',
        ),
        ({"storage": "1Ti"}, 'storage: "1Ti" is not a mapping'),
        ({"size": "1Ti"}, "size: is not a known key"),
    ],
)
def test_wrong_arguments_of_pmm_are_refused_with_the_fix(args, message):
    with pytest.raises(SpecError) as caught:
        pmm(**args)
    assert message in str(caught.value)


CONSUMER = {"namespace": "shop", "database": "orders", "engine": "pxc"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"consumers": []}, "consumers: is empty; write at least one"),
        (
            {"consumers": [{**CONSUMER, "store": "vault"}], "vault": {"address": "https://v", "mount": "/kv"}},
            'vault.mount: "/kv" is not a mount of Vault; write such as secret or team/kv',
        ),
        ({"consumers": [CONSUMER, CONSUMER]}, "consumers: pxc-shop-orders is there 2 times; leave it there once"),
        (
            {"consumers": [{**CONSUMER, "store": "vault"}]},
            "consumers[0].store: keeps its token in Vault; say with vault where that is",
        ),
        ({"vault": {"address": "https://vault:8200"}}, "vault: has no effect, because no consumer's store is vault"),
        ({"consumers": [{**CONSUMER, "vault_path": "a"}]}, "consumers[0].vault_path: has no effect unless store is"),
        ({"consumers": [{**CONSUMER, "engine": "oracle"}]}, 'consumers[0].engine: "oracle" is not known here'),
        ({"schedule": "hourly"}, 'schedule: "hourly" is not a schedule'),
        ({"server": "http://pmm"}, 'server: "http://pmm" is not the address of a PMM server'),
    ],
)
def test_wrong_arguments_of_tokens_are_refused_with_the_fix(args, message):
    with pytest.raises(SpecError) as caught:
        tokens(**args)
    assert message in str(caught.value)
