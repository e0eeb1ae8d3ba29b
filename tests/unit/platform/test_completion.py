"""What one part of a platform tells another, where the program does not say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.platform_spec import parse_platform
from dbaas_components.bootstrap.vault.content import content
from dbaas_components.bootstrap.vault.spec import VaultSpec
from dbaas_components.errors import SpecError

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}
SEAL = {"aws_kms": {"key": "alias/vault", "region": "eu-west-1"}, "recovery_keys": "plain_in_a_secret"}


def parts(**given: Any) -> Any:
    return parse_platform("main", {"ownership": OWNERSHIP, **given}).parts


def test_a_store_beside_vault_is_in_it_and_is_let_in() -> None:
    found = parts(vault={"seal": SEAL}, secret_store={"namespaces": ["shop"]})
    assert found["secret_store"]["vault"]["address"] == "https://openbao-active.openbao.svc:8200"
    assert found["secret_store"]["vault"]["authority"] == {"namespace": "openbao", "secret": "openbao-certificate"}
    assert found["vault"]["consumers"]["external_secrets"] == {"namespaces": ("shop",)}


def test_the_probe_of_a_store_in_the_platforms_vault_is_written_in_a_role_for_its_entry_alone() -> None:
    found = parts(vault={"seal": SEAL, "mount": "team"}, secret_store={"namespaces": ["shop", "pmm"]})
    role = "external-secrets-probe"
    assert found["secret_store"]["probe"] == {"push": True, "entry": "shop/dbaas-probe", "write_role": role}
    (own,) = found["vault"]["consumers"]["roles"]
    assert (own["name"], own["service_accounts"]) == (role, ("external-secrets/external-secrets",))
    assert [rule["path"] for rule in own["rules"]] == ["team/data/shop/dbaas-probe", "team/metadata/shop/dbaas-probe"]
    assert all("delete" not in rule["capabilities"] for rule in own["rules"])
    # What Vault is then told of: whoever reads has no more rights than before.
    told = content(parse_arguments(VaultSpec, "vault", found["vault"]))
    assert json.loads(told["policies"]["dbaas-external-secrets"])["path"]["team/data/shop/*"] == {
        "capabilities": ["read"]
    }
    assert told["auth"]["kubernetes"]["roles"][role]["token_policies"] == [f"dbaas-role-{role}"]


def test_a_store_that_may_write_everything_writes_its_probe_itself() -> None:
    reader = {"namespaces": ("shop",), "push": True}
    found = parts(
        vault={"seal": SEAL, "consumers": {"external_secrets": reader}}, secret_store={"namespaces": ["shop"]}
    )
    assert found["secret_store"]["probe"] == {"push": True}
    assert "roles" not in found["vault"]["consumers"]


def test_a_probe_that_the_program_names_is_left() -> None:
    probe = {"entry": "shop/known", "property": "password"}
    found = parts(vault={"seal": SEAL}, secret_store={"namespaces": ["shop"], "probe": probe})
    assert found["secret_store"]["probe"] == probe
    assert "roles" not in found["vault"]["consumers"]


def test_a_password_that_nobody_would_make_is_refused_with_the_ways_out() -> None:
    with pytest.raises(SpecError) as caught:
        parts(pmm={}, coroot={})
    assert [problem.path for problem in caught.value.problems] == ["pmm.admin_from", "coroot.admin_from"]
    assert "external_secrets: {existing: true} where somebody else runs it, or write admin_from: job" in str(
        caught.value
    )
    for said in ({"external_secrets": {"existing": True}}, {"external_secrets": {}}):
        parts(pmm={}, coroot={}, **said)
    parts(pmm={"admin_from": "job"}, coroot={"admin_from": "existing"})
    parts(pmm={"external": {"server": "https://pmm.example.com", "admin_secret": "pmm-admin"}})
    # Where External Secrets is written wrongly, it is not missed as well.
    with pytest.raises(SpecError) as wrong:
        parts(pmm={}, external_secrets={"replicas": "x"})
    assert [problem.path for problem in wrong.value.problems] == ["external_secrets.replicas"]


def test_a_store_elsewhere_stays_there() -> None:
    found = parts(vault={"seal": SEAL}, secret_store={"namespaces": ["shop"], "aws": {"region": "eu-west-1"}})
    assert "vault" not in found["secret_store"]
    assert "consumers" not in found["vault"]


def test_what_the_program_says_itself_is_left() -> None:
    reader = {"namespaces": ("other",), "push": True}
    vault = {"seal": SEAL, "consumers": {"external_secrets": reader}}
    found = parts(vault=vault, secret_store={"namespaces": ["shop"]})
    assert found["vault"]["consumers"]["external_secrets"] == reader


def test_pmms_token_job_is_let_in_for_the_databases_whose_tokens_are_in_vault() -> None:
    consumers = [
        {"namespace": "shop", "database": "orders", "engine": "pxc", "store": "both"},
        {"namespace": "shop", "database": "other", "engine": "pxc"},
    ]
    tokens = {"consumers": consumers, "server": "https://pmm", "vault": {"address": "https://v:8200"}}
    found = parts(vault={"seal": SEAL}, pmm_tokens=tokens)
    assert found["vault"]["consumers"]["pmm_tokens"] == {"databases": ("shop/orders",)}


def test_a_renamed_issuer_signs_for_all_parts_that_do_not_name_another() -> None:
    found = parts(
        certificate_authority={"issuer": "company"},
        namespace_issuers={"namespaces": ["shop"]},
        vault={"seal": SEAL, "issuer": {"name": "own", "kind": "Issuer"}},
        pmm={"admin_from": "job"},
    )
    assert found["namespace_issuers"]["authority"] == "company"
    assert found["pmm"]["issuer"] == {"name": "company"}
    assert found["vault"]["issuer"] == {"name": "own", "kind": "Issuer"}


def test_an_issuer_of_a_namespace_that_bears_the_renamed_ones_name_is_refused() -> None:
    with pytest.raises(SpecError, match=r'namespace_issuers\.issuer: "company" is the ClusterIssuer too'):
        parts(
            certificate_authority={"issuer": "company"},
            namespace_issuers={"namespaces": ["shop"], "issuer": "company"},
        )


def test_who_looks_into_anothers_namespace_follows_it() -> None:
    found = parts(
        cert_manager={"namespace": "certificates"},
        certificate_authority={},
        external_secrets={"namespace": "secrets"},
        secret_store={"namespaces": ["shop"]},
        vault={"seal": SEAL},
        pmm={"namespace": "measuring"},
        pmm_tokens={"consumers": [{"namespace": "shop", "database": "orders", "engine": "pxc"}]},
    )
    assert found["certificate_authority"]["namespace"] == "certificates"
    assert found["secret_store"]["vault"]["service_account"] == "secrets/external-secrets"
    assert found["vault"]["consumers"]["external_secrets"]["service_account"] == "secrets/external-secrets"
    assert found["pmm_tokens"]["namespace"] == "measuring"


def test_the_fleets_alerts_watch_the_platforms_operators_where_the_rules_are_read() -> None:
    found = parts(operators={"engines": ["pg"]}, monitoring={"namespace": "metrics"}, fleet_alerts={}, dashboards={})
    assert found["fleet_alerts"]["operators"] == ({"engine": "pg", "namespace": "percona-operators"},)
    assert found["fleet_alerts"]["namespace"] == found["dashboards"]["namespace"] == "metrics"


def test_a_store_without_a_place_is_still_refused_where_there_is_no_vault() -> None:
    with pytest.raises(SpecError, match="secret_store: takes one of vault, aws, google and existing"):
        parts(secret_store={"namespaces": ["shop"]})


def test_operators_that_are_refused_are_not_missed_by_the_alerts_as_well() -> None:
    with pytest.raises(SpecError) as caught:
        parts(operators={"replicas": 0}, fleet_alerts={})
    assert [problem.path for problem in caught.value.problems] == ["operators.replicas"]
