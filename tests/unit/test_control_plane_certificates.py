"""The control plane's certificates: who trusts whom, and what is made again when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from embedded.control_plane.certificates import LEAVES, RENEW_BEFORE, prepare

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare(tmp_path, NOW, running=False)
    return tmp_path


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed(before: dict[str, bytes], folder: Path) -> set[str]:
    after = contents(folder)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_each_certificate_is_issued_by_its_own_authority_alone(folder: Path) -> None:
    authorities = {name: certificate(folder / f"{name}.crt") for name in ("ca", "etcd-ca")}
    for leaf in LEAVES:
        issued = certificate(folder / f"{leaf.file}.pem")
        issued.verify_directly_issued_by(authorities[leaf.authority])
        other = next(found for name, found in authorities.items() if name != leaf.authority)
        with pytest.raises(ValueError, match="does not match certificate issuer"):
            issued.verify_directly_issued_by(other)


def test_the_servers_names_are_loopback_and_the_kubernetes_service(folder: Path) -> None:
    names = certificate(folder / "serving.pem").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "10.96.0.1"}
    assert {"localhost", "kubernetes.default.svc"} <= set(names.get_values_for_type(x509.DNSName))


def test_the_administrator_is_a_client_in_the_masters_group_and_no_server(folder: Path) -> None:
    admin = certificate(folder / "admin.pem")
    assert [name.value for name in admin.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == [
        "system:masters"
    ]
    uses = admin.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_only_the_administrator_is_in_the_masters_group() -> None:
    assert [leaf.file for leaf in LEAVES if leaf.organization] == ["admin"]


def test_fresh_files_are_left_alone(folder: Path) -> None:
    before = contents(folder)
    prepare(folder, NOW + timedelta(days=200), running=False)
    assert changed(before, folder) == set()


def test_certificates_are_renewed_a_month_before_they_end_even_while_it_runs(folder: Path) -> None:
    before = contents(folder)
    later = NOW + timedelta(days=365) - RENEW_BEFORE + timedelta(minutes=1)
    prepare(folder, later, running=True)
    assert changed(before, folder) == {f"{leaf.file}.pem" for leaf in LEAVES}
    assert certificate(folder / "serving.pem").not_valid_after_utc > later + timedelta(days=300)


def test_an_authority_that_ends_is_replaced_with_all_it_issued_but_never_under_a_running_one(folder: Path) -> None:
    before = contents(folder)
    later = NOW + timedelta(days=3650)
    prepare(folder, later, running=True)
    assert not {"ca.pem", "ca.crt", "etcd-ca.pem", "etcd-ca.crt", "service-account.key"} & changed(before, folder)
    prepare(folder, later, running=False)
    assert changed(before, folder) == set(before) - {"service-account.key"}
    for leaf in LEAVES:
        issued = certificate(folder / f"{leaf.file}.pem")
        issued.verify_directly_issued_by(certificate(folder / f"{leaf.authority}.crt"))


@pytest.mark.parametrize("name", ["serving.pem", "ca.crt", "service-account.key"])
@pytest.mark.parametrize("damage", ["missing", "empty", "half"])
def test_a_damaged_file_alone_is_made_again(folder: Path, name: str, damage: str) -> None:
    before = contents(folder)
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else before[name][: len(before[name]) // 2])
    prepare(folder, NOW, running=False)
    assert changed(before, folder) <= {name}
    assert path.read_bytes().count(b"-----END") == before[name].count(b"-----END")


def test_a_certificate_with_another_pairs_key_is_made_again(folder: Path) -> None:
    admin, serving = ((folder / name).read_bytes() for name in ("admin.pem", "serving.pem"))
    marker = b"-----BEGIN CERTIFICATE-----"
    (folder / "admin.pem").write_bytes(admin.split(marker)[0] + marker + serving.split(marker)[1])
    prepare(folder, NOW, running=False)
    assert certificate(folder / "admin.pem").subject.rfc4514_string() == "CN=admin,O=system:masters"
