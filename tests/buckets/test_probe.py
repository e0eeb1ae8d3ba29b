"""The program that probes a bucket, with rclone as pods have it, against a real server that speaks S3."""

from __future__ import annotations

import copy
import json
import os
import ssl
import threading
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dbaas_components.bootstrap.buckets.policies import bucket_arn, tenant_policy
from dbaas_components.bootstrap.buckets.probe import probe_job
from dbaas_components.bootstrap.in_cluster import bucket_probe, service
from dbaas_components.bootstrap.in_cluster.service import Failed
from tests.buckets.accounts import REGION, Keys, Rights, client
from tests.unit.buckets.made import DAILY, OWNERSHIP, WEEKLY, aws, parsed, tenant
from tests.unit.pmm.certificates import write_certificate

pytestmark = pytest.mark.slow

PREFIX = "production/{}/shop/"


class Probe:
    """One tenant's probe, as its Job is told, on this machine."""

    def __init__(self, server: str, rclone: Path, folder: Path) -> None:
        self._server, self._rclone = server, rclone
        self.secret = folder / "bucket-keys"

    def told(self, bucket: str, engine: str = "psmdb") -> dict[str, Any]:
        """The configuration that the Job's ConfigMap has, with the server and the places of this machine."""
        schedules = [WEEKLY] if engine == "pg" else [DAILY]
        spec = parsed(
            {
                "provider": "s3_compatible",
                "ownership": OWNERSHIP,
                "bucket": bucket,
                "region": REGION,
                "endpoint": "https://minio.example.com",
                "tenants": [tenant(engine, schedules, credentials="bucket-keys")],
            }
        )
        (one,) = spec.tenants
        return self.here(dict(probe_job(spec, one).configuration))

    def here(self, configuration: dict[str, Any]) -> dict[str, Any]:
        """The same, on this machine."""
        found = copy.deepcopy(configuration)
        store = found["store"]
        store["program"] = str(self._rclone)
        store["settings"] |= {"ENDPOINT": self._server, "FORCE_PATH_STYLE": "true", "PROVIDER": "Other"}
        if "keys" in store:
            store["keys"]["folder"] = str(self.secret)
        return {**found, "wait_seconds": 0}

    def give(self, keys: Keys) -> None:
        """The Secret, as most engines read it."""
        self.secret.mkdir(exist_ok=True)
        (self.secret / "AWS_ACCESS_KEY_ID").write_text(keys.access_key)
        (self.secret / "AWS_SECRET_ACCESS_KEY").write_text(f"{keys.secret_key}\n")


@pytest.fixture
def probe(server: str, rclone: Path, tmp_path: Path) -> Probe:
    return Probe(server, rclone, tmp_path)


def policy(bucket: str, engine: str = "psmdb", without: str | None = None) -> dict[str, Any]:
    """The policy that the component makes for the tenant; without one right where that is asked for."""
    document = tenant_policy(bucket_arn(bucket, REGION), PREFIX.format(engine), region=REGION)
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != without]
    return document


def run(configuration: dict[str, Any], folder: Path) -> tuple[int, str]:
    """Exit status of the program, and where it was told what to do."""
    file = folder / "configuration.json"
    file.write_text(json.dumps(configuration))
    return bucket_probe.main([str(file)]), file.read_text()


@pytest.mark.parametrize("engine", ["psmdb", "pg"])
def test_a_tenant_with_its_rights_passes_again_and_again(
    probe: Probe,
    server: str,
    name: str,
    user: Callable[..., Keys],
    rights: Rights,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    engine: str,
):
    """Under a lock too: the delete leaves a marker, and every version stays for the lock and the lifecycle."""
    s3 = client(server, "s3")
    retention = {"Mode": "GOVERNANCE", "Days": 14}
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
    )
    keys = user(policy(name, engine))
    if engine == "pg":
        probe.secret.mkdir()
        options = f"[global]\nrepo1-s3-key={keys.access_key}\nrepo1-s3-key-secret={keys.secret_key}\n"
        (probe.secret / "s3.conf").write_text(options)
    else:
        probe.give(keys)
    rights.enforce()
    caplog.set_level("INFO")
    for _ in range(2):
        code, told = run(probe.told(name, engine), tmp_path)
        assert code == 0, caplog.text
        assert keys.secret_key not in told
    place = f"{name}/{PREFIX.format(engine)}.probe/"
    assert f"wrote, read back and deleted {place}" in caplog.text
    assert keys.secret_key not in caplog.text
    rights.lift()
    listed = s3.list_object_versions(Bucket=name)
    assert {one["Key"].rpartition("/")[0] + "/" for one in listed["Versions"]} == {place.partition("/")[2]}
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (2, 2)
    assert "Contents" not in s3.list_objects_v2(Bucket=name)


@pytest.mark.parametrize(
    ("right", "step"), [("s3:PutObject", "write"), ("s3:GetObject", "read"), ("s3:DeleteObject", "delete")]
)
def test_each_right_that_lacks_is_told(
    probe: Probe, name: str, user: Callable[..., Keys], rights: Rights, right: str, step: str
):
    keys = user(policy(name, without=right))
    probe.give(keys)
    rights.enforce()
    with pytest.raises(Failed) as failure:
        bucket_probe.run(probe.told(name))
    said = str(failure.value)
    assert said.startswith(f"access denied: the keys of Secret shop/bucket-keys may not {step} {name}/production/psmdb")
    assert f"lack {right}" in said
    assert keys.secret_key not in said


def test_what_a_run_left_that_could_not_delete_the_next_one_takes_away(
    probe: Probe, server: str, name: str, user: Callable[..., Keys], rights: Rights
):
    allowed = user(policy(name))
    probe.give(user(policy(name, without="s3:DeleteObject")))
    rights.enforce()
    with pytest.raises(Failed):
        bucket_probe.run(probe.told(name))
    assert len(allowed.client(server).list_objects_v2(Bucket=name, Prefix=PREFIX.format("psmdb"))["Contents"]) == 1
    probe.give(allowed)
    bucket_probe.run(probe.told(name))
    assert "Contents" not in allowed.client(server).list_objects_v2(Bucket=name, Prefix=PREFIX.format("psmdb"))


def test_a_tenant_of_another_prefix_is_refused(probe: Probe, name: str, user: Callable[..., Keys], rights: Rights):
    probe.give(user(policy(name, "pxc")))
    rights.enforce()
    with pytest.raises(Failed, match=r"^access denied: .* may not write"):
        bucket_probe.run(probe.told(name))


def test_a_bucket_that_is_not_there_is_told(probe: Probe, server: str, name: str, user: Callable[..., Keys]):
    probe.give(user(policy(name)))
    with pytest.raises(Failed, match=f"^bucket missing: there is no {name}-2 at {server}, for "):
        bucket_probe.run(probe.told(f"{name}-2"))


def test_keys_that_nobody_knows_are_told(probe: Probe, name: str, server: str, rights: Rights):
    probe.give(Keys("AKIAIOSFODNN7EXAMPLE", "somebody-elses-secret"))
    rights.enforce()
    with pytest.raises(Failed) as failure:
        bucket_probe.run(probe.told(name))
    assert str(failure.value).startswith(
        f"no identity: {server} does not take the keys of Secret shop/bucket-keys (Inv"
    )
    assert "somebody-elses-secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("engine", "files", "message"),
    [
        ("psmdb", None, "Secret shop/bucket-keys is not there"),
        ("psmdb", {"AWS_ACCESS_KEY_ID": "a"}, "Secret shop/bucket-keys has no AWS_SECRET_ACCESS_KEY"),
        ("pg", {"AWS_ACCESS_KEY_ID": "a"}, "Secret shop/bucket-keys has no s3.conf"),
        ("pg", {"s3.conf": "[global]\nrepo1-s3-key=a\n"}, "s3.conf of Secret shop/bucket-keys has no repo1-s3-key-sec"),
        ("pg", {"s3.conf": "hush"}, "s3.conf of Secret shop/bucket-keys is no configuration of pgBackRest"),
    ],
)
def test_a_secret_that_is_not_as_the_engine_reads_it_is_told(
    probe: Probe, name: str, engine: str, files: dict[str, str] | None, message: str
):
    for file, content in (files or {}).items():
        probe.secret.mkdir(exist_ok=True)
        (probe.secret / file).write_text(content)
    with pytest.raises(Failed) as failure:
        bucket_probe.run(probe.told(name, engine))
    assert str(failure.value).startswith(f"no identity: {message}")
    assert "hush" not in str(failure.value)


def test_a_secret_that_comes_late_is_waited_for(
    probe: Probe, name: str, user: Callable[..., Keys], monkeypatch: pytest.MonkeyPatch
):
    keys, waits = user(policy(name)), []

    def pause(_: float) -> None:
        waits.append(True)
        probe.give(keys)

    monkeypatch.setattr(service.time, "sleep", pause)
    bucket_probe.run({**probe.told(name), "wait_seconds": 60})
    assert waits


def test_a_service_whose_certificate_is_not_trusted_is_told_and_never_waited_for(
    probe: Probe, name: str, rclone: Path, tmp_path: Path
):
    certificate, key = write_certificate(tmp_path / "certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as stranger:
        stranger.socket = context.wrap_socket(stranger.socket, server_side=True)
        thread = threading.Thread(target=stranger.serve_forever)
        thread.start()
        try:
            probe.give(Keys("a", "b"))
            told = {**probe.told(name), "wait_seconds": 600}
            told["store"]["settings"]["ENDPOINT"] = f"https://localhost:{stranger.server_port}"
            with pytest.raises(Failed, match="shows a certificate that is not trusted"):
                bucket_probe.run(told)
            # With its authority it is trusted, and is no bucket: told otherwise.
            told["store"]["ca_file"] = str(certificate)
            with pytest.raises(Failed, match="does not write"):
                bucket_probe.run({**told, "wait_seconds": 0})
        finally:
            stranger.shutdown()
            thread.join()


def test_a_service_that_nobody_answers_for_is_told(probe: Probe, name: str):
    probe.give(Keys("a", "b"))
    told = probe.told(name)
    told["store"]["settings"]["ENDPOINT"] = "http://127.0.0.1:1"
    with pytest.raises(Failed, match=r"^http://127.0.0.1:1 does not write .*connection refused"):
        bucket_probe.run(told)


class Sts:
    """The service that exchanges a pod's token for keys, as EKS's pods ask it: keys that the S3 server gave for a role.

    That server asks for a signature with such a request once rights are enforced, where AWS asks for none.
    """

    def __init__(self) -> None:
        self.keys: Keys | None = None
        self.asked: list[dict[str, list[str]]] = []
        sts = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                sts.asked.append(urllib.parse.parse_qs(body))
                content = sts.answer().encode()
                self.send_response(200 if sts.keys else 403)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Nothing: pytest shows the failure."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def answer(self) -> str:
        """As the API of STS of 2011-06-15 answers."""
        if self.keys is None:
            error = "<Code>AccessDenied</Code><Message>Not authorized to perform this</Message>"
            return f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"
        credentials = (
            f"<AccessKeyId>{self.keys.access_key}</AccessKeyId><SecretAccessKey>{self.keys.secret_key}"
            f"</SecretAccessKey><SessionToken>{self.keys.session_token}</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration>"
        )
        result = f"<AssumeRoleWithWebIdentityResult><Credentials>{credentials}</Credentials>"
        result += "</AssumeRoleWithWebIdentityResult>"
        return f"<AssumeRoleWithWebIdentityResponse>{result}</AssumeRoleWithWebIdentityResponse>"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surroundings of a pod without an identity."""
    for key in [key for key in os.environ if key.startswith("AWS_")]:
        monkeypatch.delenv(key)


@pytest.fixture
def sts(nobody: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    """What EKS gives a pod of a service account with a role: a token, and the role to take on with it."""
    made = Sts()
    (tmp_path / "token").write_text("a.b.c")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/tenant")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{made.server.server_port}")
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def keyless(probe: Probe, bucket: str) -> dict[str, Any]:
    spec = parsed({**aws(tenant("pg", [WEEKLY])), "bucket": bucket, "probe": True})
    (one,) = spec.tenants
    return probe.here(dict(probe_job(spec, one).configuration))


def assumed(server: str, document: dict[str, Any]) -> Keys:
    """Keys that the server gives for a role with a policy."""
    role = f"role-{uuid.uuid4().hex[:8]}"
    iam = client(server, "iam")
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"}))["Role"]
    iam.put_role_policy(RoleName=role, PolicyName="tenant", PolicyDocument=json.dumps(document))
    found = client(server, "sts").assume_role(RoleArn=made["Arn"], RoleSessionName="pod")["Credentials"]
    return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def test_without_keys_the_role_of_the_pod_is_taken_on(probe: Probe, sts: Sts, server: str, name: str, rights: Rights):
    sts.keys, told = assumed(server, policy(name, "pg")), keyless(probe, name)
    without = assumed(server, policy(name, "pg", "s3:DeleteObject"))
    rights.enforce()
    assert bucket_probe.run(told).endswith(f"as role {name}-pg-shop")
    assert {one["WebIdentityToken"][0] for one in sts.asked} == {"a.b.c"}
    assert {one["RoleArn"][0] for one in sts.asked} == {"arn:aws:iam::111122223333:role/tenant"}
    sts.keys = without
    with pytest.raises(Failed, match=f"^access denied: role {name}-pg-shop may not delete"):
        bucket_probe.run(told)


def test_a_role_that_does_not_trust_the_pod_is_told(probe: Probe, sts: Sts, name: str):
    with pytest.raises(Failed) as failure:
        bucket_probe.run(keyless(probe, name))
    said = f"no identity: role {name}-pg-shop does not trust service account shop/bucket-probe-pg-"
    assert str(failure.value).startswith(said)


def test_a_pod_without_identity_is_told_at_once(probe: Probe, nobody: None, name: str):
    told = {**keyless(probe, name), "wait_seconds": 600}
    with pytest.raises(Failed, match=r"^no identity: Kubernetes gave this pod none for service account shop/"):
        bucket_probe.run(told)
