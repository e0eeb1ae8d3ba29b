"""The control plane's own certificate authorities, certificates and keys.

Key and certificate share one file, so that they are replaced together and can never belong to two different pairs.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from embedded.whole_file import write_whole

AUTHORITY_YEARS = 10
LEAF_DAYS = 365
RENEW_BEFORE = timedelta(days=30)
# Certificates are valid from an hour ago: clocks of a machine and its containers differ.
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to be issued: which file, by which authority, for whom, for which addresses and uses."""

    file: str
    authority: str
    common_name: str
    organization: str | None = None
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    server: bool = False
    client: bool = False


# etcd has an authority of its own: whoever has a Kubernetes client certificate must not get past the API server.
CLUSTER_AUTHORITY = "ca"
ETCD_AUTHORITY = "etcd-ca"

LEAVES = (
    Leaf(
        "serving",
        CLUSTER_AUTHORITY,
        "kube-apiserver",
        names=(
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ),
        # 10.96.0.1 is the first address of the service range: the `kubernetes` service.
        addresses=("127.0.0.1", "10.96.0.1"),
        server=True,
    ),
    Leaf("admin", CLUSTER_AUTHORITY, "admin", organization="system:masters", client=True),
    Leaf("controller-manager", CLUSTER_AUTHORITY, "system:kube-controller-manager", client=True),
    # etcd calls itself with its serving certificate, so that has to be a client's as well.
    Leaf(
        "etcd-server", ETCD_AUTHORITY, "etcd", names=("localhost",), addresses=("127.0.0.1",), server=True, client=True
    ),
    Leaf("etcd-client", ETCD_AUTHORITY, "kube-apiserver", client=True),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        """Key and certificate as one PEM text."""
        return key_pem(self.key) + self.certificate.public_bytes(serialization.Encoding.PEM)


def prepare(folder: Path, now: datetime, *, running: bool) -> None:
    """Makes every missing, unreadable, mismatched or soon expiring key and certificate.

    While the control plane runs, certificates are renewed in place (its components read them again), but the
    authorities and the service account key are left alone: those it has in memory.
    """
    for name in (CLUSTER_AUTHORITY, ETCD_AUTHORITY):
        authority = _read(folder / f"{name}.pem")
        if not running and (authority is None or not is_fresh(authority.certificate, now)):
            authority = new_authority(f"dbaas-components {name}", now)
            write_whole(folder / f"{name}.pem", authority.pem())
        if authority is None:
            continue
        write_whole(folder / f"{name}.crt", authority.certificate.public_bytes(serialization.Encoding.PEM))
        for leaf in LEAVES:
            if leaf.authority == name:
                _provide(folder / f"{leaf.file}.pem", leaf, authority, now)
    service_account = folder / "service-account.key"
    if not running and _read_key(service_account) is None:
        write_whole(service_account, key_pem(ec.generate_private_key(ec.SECP256R1())))


def _provide(path: Path, leaf: Leaf, authority: Pair, now: datetime) -> None:
    pair = _read(path)
    if pair is None or not is_fresh(pair.certificate, now) or not _issued_by(pair.certificate, authority.certificate):
        write_whole(path, issue(leaf, authority, now).pem())


def is_fresh(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the certificate is valid now and for 30 days more."""
    return certificate.not_valid_before_utc <= now and certificate.not_valid_after_utc - now > RENEW_BEFORE


def new_authority(common_name: str, now: datetime) -> Pair:
    """A self-signed certificate authority for 10 years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        _builder(name, name, key.public_key(), now, timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(key, certificate)


def issue(leaf: Leaf, authority: Pair, now: datetime) -> Pair:
    """A certificate for one year, with a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, leaf.common_name)]
    if leaf.organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, leaf.organization))
    uses = [ExtendedKeyUsageOID.SERVER_AUTH] * leaf.server + [ExtendedKeyUsageOID.CLIENT_AUTH] * leaf.client
    builder = (
        _builder(x509.Name(attributes), authority.certificate.subject, key.public_key(), now, timedelta(days=LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in leaf.names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in leaf.addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return Pair(key, builder.sign(authority.key, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, validity: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + validity)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private key as PEM text (SEC1, which every Kubernetes component reads)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _read(path: Path) -> Pair | None:
    """The pair in a file; None where there is no whole and matching one."""
    key = _read_key(path)
    if key is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    return Pair(key, certificate) if certificate.public_key() == key.public_key() else None


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
