"""Who signs: what would end trust, or what cert-manager would refuse, is refused before."""

from __future__ import annotations

from typing import Any

import pytest

from dbaas_components.bootstrap.arguments import parse_arguments
from dbaas_components.bootstrap.certificate_authority import (
    CertificateAuthoritySpec,
    NamespaceIssuersSpec,
    namespace_issuer,
    namespace_issuer_problems,
    root_objects,
)
from dbaas_components.errors import SpecError

OWNERSHIP = {"owner": "dba", "cost_centre": "4711", "environment": "test"}


def root(**given: Any) -> CertificateAuthoritySpec:
    return parse_arguments(CertificateAuthoritySpec, "authority", {"ownership": OWNERSHIP, **given})


def issuers(*namespaces: str, **given: Any) -> NamespaceIssuersSpec:
    return parse_arguments(NamespaceIssuersSpec, "it", {"ownership": OWNERSHIP, "namespaces": [*namespaces], **given})


def hours(text: str) -> int:
    return int(text.removesuffix("h"))


@pytest.mark.parametrize("lifetime", ["1h", "365d", "729d"])
def test_a_root_lasts_longer_than_the_year_before_its_end_in_which_it_is_renewed(lifetime: str) -> None:
    with pytest.raises(
        SpecError, match=f'lifetime: "{lifetime}" is too short: .* a year before .*; write 730d or more'
    ):
        root(lifetime=lifetime)
    _, certificate = root_objects(root(lifetime="730d"))
    assert hours(certificate["spec"]["duration"]) > hours(certificate["spec"]["renewBefore"])


def test_an_intermediate_lasts_longer_than_the_half_year_in_which_it_is_renewed() -> None:
    with pytest.raises(SpecError, match='lifetime: "182d" is too short'):
        issuers("shop", lifetime="182d")
    certificate, _ = namespace_issuer(issuers("shop", lifetime="365d"), "shop")
    assert hours(certificate["spec"]["duration"]) > hours(certificate["spec"]["renewBefore"])


def test_no_common_name_is_longer_than_a_certificate_takes() -> None:
    with pytest.raises(SpecError, match="is longer than the 64 bytes"):
        root(common_name="é" * 33)
    assert root(common_name="é" * 32).common_name == "é" * 32
    long = "n" * 63
    certificate, _ = namespace_issuer(issuers(long), long)
    assert len(certificate["spec"]["commonName"]) == 64


def test_a_namespace_has_one_issuer() -> None:
    (problem,) = namespace_issuer_problems(issuers("shop", "finance", "shop"))
    assert (problem.path, problem.message) == ("namespaces[2]", '"shop" is there already; leave it there once')
