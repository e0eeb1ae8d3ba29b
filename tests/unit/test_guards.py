"""What loses data is refused in one sentence, what does not is let through, and no object of any shape breaks it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaas_components.databases.engines import ENGINES
from dbaas_components.databases.guards import engine_refusal, place_refusal, refusals

RESTORE = "restore a backup into a new database"
KINDS = [engine.kind for engine in ENGINES.values()]


def claim(storage: Any = "10Gi", storage_class: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}}
    return found if storage_class is None else {**found, "storageClassName": storage_class}


def volume(storage: Any = "10Gi", storage_class: Any = None) -> dict[str, Any]:
    return {"persistentVolumeClaim": claim(storage, storage_class)}


def object_of(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "any/v1", "kind": kind, "metadata": {"name": "orders"}, "spec": spec}


def pxc(**spec: Any) -> dict[str, Any]:
    return object_of("PerconaXtraDBCluster", {"pxc": {"volumeSpec": volume()}, **spec})


def ps(**mysql: Any) -> dict[str, Any]:
    return object_of("PerconaServerMySQL", {"mysql": {"volumeSpec": volume(), **mysql}})


def psmdb(*replsets: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return object_of("PerconaServerMongoDB", {"replsets": list(replsets), **spec})


def pg(*instances: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return object_of("PerconaPGCluster", {"instances": list(instances), **spec})


def replset(name: str | None = "rs0", storage: Any = "10Gi", **more: Any) -> dict[str, Any]:
    return {**({} if name is None else {"name": name}), "size": 3, "volumeSpec": volume(storage), **more}


def instances(name: str = "instance1", storage: Any = "10Gi", **more: Any) -> dict[str, Any]:
    return {"name": name, "replicas": 3, "dataVolumeClaimSpec": claim(storage), **more}


def repos(**sizes: str) -> dict[str, Any]:
    found = [{"name": name, "volume": {"volumeClaimSpec": claim(size)}} for name, size in sizes.items()]
    return {"backups": {"pgbackrest": {"repos": found}}}


def shards(storage: str, enabled: Any = True) -> dict[str, Any]:
    return {"enabled": enabled, "configsvrReplSet": {"size": 3, "volumeSpec": volume(storage)}}


VOLUMES = [
    (lambda size: pxc(pxc={"volumeSpec": volume(size)}), "the database"),
    (lambda size: pxc(proxysql={"enabled": True, "volumeSpec": volume(size)}), "ProxySQL"),
    (lambda size: ps(volumeSpec=volume(size)), "the database"),
    (lambda size: psmdb(replset(storage=size)), 'replica set "rs0"'),
    (lambda size: psmdb(replset(None, size)), 'replica set "rs0"'),
    (lambda size: psmdb(replset("rs1"), replset("data", size)), 'replica set "data"'),
    (lambda size: psmdb(replset(hidden={"volumeSpec": volume(size)})), 'the hidden members of replica set "rs0"'),
    (
        lambda size: psmdb(replset(nonvoting={"volumeSpec": volume(size)})),
        'the non-voting members of replica set "rs0"',
    ),
    (lambda size: psmdb(replset(), sharding=shards(size)), "the config servers"),
    (lambda size: pg(instances(storage=size)), 'instance set "instance1"'),
    (lambda size: pg({"dataVolumeClaimSpec": claim(size)}), 'instance set "00"'),
    (
        lambda size: pg(instances(walVolumeClaimSpec=claim(size))),
        'the write-ahead log of instance set "instance1"',
    ),
    (
        lambda size: pg(instances(tablespaceVolumes=[{"name": "old", "dataVolumeClaimSpec": claim(size)}])),
        'tablespace "old" of instance set "instance1"',
    ),
    (lambda size: pg(instances(), **repos(repo1=size)), 'backup repository "repo1"'),
]


@pytest.mark.parametrize(("made", "owner"), VOLUMES, ids=[f"{made('1Gi')['kind']}: {owner}" for made, owner in VOLUMES])
class TestEveryVolume:
    def test_that_shrinks_is_refused_with_its_owner_and_both_sizes(self, made, owner):
        assert refusals(made("40Gi"), made("20Gi")) == [
            f"storage 20Gi is less than the 40Gi of {owner}, and volumes never shrink; keep the size, "
            f"or {RESTORE} with less storage"
        ]

    def test_that_grows_or_is_written_otherwise_is_let_through(self, made, owner):
        if owner != "ProxySQL":  # Whose volume cannot grow, which a test of its own tells.
            assert refusals(made("20Gi"), made("40Gi")) == []
        assert refusals(made("1Gi"), made("1024Mi")) == []

    def test_of_another_storage_class_is_refused_with_both(self, made, owner):
        before, after = made("20Gi"), made("20Gi")
        set_classes(after, "slow")
        (sentence,) = refusals(before, after)
        assert sentence.startswith('the storage class would change from the cluster\'s default to "slow" for ')
        assert f'from the cluster\'s default to "slow" for {owner}' in sentence
        set_classes(before, "fast")
        (sentence,) = refusals(before, after)
        assert f'from "fast" to "slow" for {owner}' in sentence
        assert sentence.endswith(
            f"a volume stays in the class that it was made in; keep the class, or {RESTORE} of the other class"
        )

    @pytest.mark.parametrize(
        "unsaid",
        [object(), "ten", "", 1.5, None, True, {}, []],
        ids=lambda value: type(value).__name__ if type(value) is object else repr(value),
    )
    def test_whose_size_is_unknown_or_senseless_is_passed_over(self, made, owner, unsaid):
        assert refusals(made("20Gi"), made(unsaid)) == []
        assert refusals(made(unsaid), made("20Gi")) == []


def set_classes(part: Any, name: str) -> None:
    """Sets the class of every claim in an object that is a mapping of mappings and lists."""
    if isinstance(part, dict):
        if "accessModes" in part:
            part["storageClassName"] = name
        for value in part.values():
            set_classes(value, name)
    elif isinstance(part, list):
        for value in part:
            set_classes(value, name)


def test_all_volumes_that_shrink_are_in_one_sentence():
    before = pg(instances(storage="40Gi"), **repos(repo1="120Gi", repo2="1Ti"))
    after = pg(instances(storage="20Gi"), **repos(repo1="60Gi", repo2="500Gi"))
    (sentence,) = refusals(before, after)
    assert sentence.startswith(
        'storage 20Gi is less than the 40Gi of instance set "instance1", 60Gi is less than the 120Gi of backup '
        'repository "repo1" and 500Gi is less than the 1Ti of backup repository "repo2", and volumes never shrink'
    )


@given(
    st.sampled_from([made for made, owner in VOLUMES if owner != "ProxySQL"]),
    st.integers(1, 2**50),
    st.integers(1, 2**50),
    st.sampled_from(["", "k", "Ki"]),
)
def test_exactly_the_smaller_of_two_sizes_is_refused(made, old, new, suffix):
    found = refusals(made(f"{old}{suffix}"), made(new if suffix == "" else f"{new}{suffix}"))
    assert bool(found) == (new < old)


@pytest.mark.parametrize("instead", ["emptyDir", "hostPath"])
def test_a_volume_that_gives_way_to_a_directory_is_refused(instead):
    for made in (
        lambda held: pxc(pxc={"volumeSpec": held}),
        lambda held: ps(volumeSpec=held),
        lambda held: psmdb({"name": "rs0", "volumeSpec": held}),
    ):
        (sentence,) = refusals(made(volume()), made({instead: {}}))
        assert "would be given up, and the data with them; keep persistentVolumeClaim" in sentence
        assert refusals(made({instead: {}}), made(volume())) == []


def test_a_separate_volume_for_the_write_ahead_log_may_come_and_go():
    with_one, without = pg(instances(walVolumeClaimSpec=claim())), pg(instances())
    assert refusals(with_one, without) == refusals(without, with_one) == []


class TestMembers:
    def test_a_replica_set_that_is_left_out_or_renamed_is_refused(self):
        two = psmdb(replset("rs0"), replset("rs1"))
        (left_out,) = refusals(two, psmdb(replset("rs0")))
        assert left_out == (
            'replica set "rs1" would be left out, and its data with it (under a new name it would be empty); keep it, '
            f"or {RESTORE} without it"
        )
        (renamed,) = refusals(psmdb(replset("rs0")), psmdb(replset("main")))
        assert 'replica set "rs0" would be left out' in renamed

    def test_another_order_or_one_more_is_let_through(self):
        two = psmdb(replset("rs0", "20Gi"), replset("rs1", "40Gi"))
        assert refusals(two, psmdb(replset("rs1", "40Gi"), replset("rs0", "20Gi"), replset("rs2"))) == []

    def test_a_replica_set_that_gets_the_name_it_already_has_is_let_through(self):
        assert refusals(psmdb(replset(None)), psmdb(replset("rs0"))) == []

    def test_an_unknown_name_refuses_nothing(self):
        unknown = {**replset(), "name": object()}
        assert refusals(psmdb(replset("rs0")), psmdb(unknown)) == []
        assert refusals(psmdb(replset("rs0")), psmdb(object())) == []  # type: ignore[arg-type]

    @pytest.mark.parametrize("off", [{"sharding": {"enabled": False}}, {"sharding": {}}, {}], ids=repr)
    def test_sharding_is_not_switched_off(self, off):
        (sentence,) = refusals(psmdb(replset(), sharding={"enabled": True}), psmdb(replset(), **off))
        assert sentence.startswith("sharding would be switched off")
        assert refusals(psmdb(replset(), **off), psmdb(replset(), sharding={"enabled": True})) == []

    def test_sharding_that_is_not_known_yet_refuses_nothing(self):
        later = psmdb(replset(), sharding={"enabled": object()})
        assert refusals(psmdb(replset(), sharding={"enabled": True}), later) == []

    def test_all_instance_sets_at_once_are_refused_and_one_after_the_other_is_let_through(self):
        first, both, second = pg(instances("a")), pg(instances("a"), instances("b")), pg(instances("b"))
        (sentence,) = refusals(first, second)
        assert sentence.startswith('instance set "a" would be left out, and with it every volume')
        assert refusals(first, both) == refusals(both, second) == []

    def test_a_tablespace_is_not_left_out(self):
        spaces = [{"name": "old", "dataVolumeClaimSpec": claim()}]
        (sentence,) = refusals(pg(instances(tablespaceVolumes=spaces)), pg(instances()))
        assert sentence.startswith('tablespace "old" of instance set "instance1" would be left out, and its tables')


def mysql_image(version: str) -> list[dict[str, Any]]:
    image = f"mirror.example.com:5000/percona/server:{version}"
    return [pxc(pxc={"image": image}), ps(image=image)]


class TestVersions:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("8.4.8-8.1", "8.0.45-36.1", "version 8.0 is older than the 8.4 that wrote its data, and MySQL"),
            ("8.0.45-36.1", "8.0.44-35.1", "version 8.0.44 is older than the 8.0.45 that wrote"),
            ("5.7.44-31", "8.4.8-8.1", "MySQL takes one at a time; go to 8.0 first"),
            ("8.4.8-8.1@sha256:0123", "8.0.45", "version 8.0 is older than the 8.4"),
        ],
    )
    def test_mysql_that_cannot_read_the_data_is_refused(self, old, new, said):
        for before, after in zip(mysql_image(old), mysql_image(new), strict=True):
            (sentence,) = refusals(before, after)
            assert said in sentence

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("8.0.45-36.1", "8.4.8-8.1"),
            ("8.4.8", "8.4.7"),
            ("5.7.44", "8.0.45"),
            ("8.0.44", "8.0.45"),
            ("latest", "8.0.45"),
            ("8.4.8", "main"),
        ],
    )
    def test_mysql_that_can_or_may_is_let_through(self, old, new):
        for before, after in zip(mysql_image(old), mysql_image(new), strict=True):
            assert refusals(before, after) == []

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("8.0.19-7", "7.0.30-16", "version 7.0 is older than the 8.0 that wrote its data, and MongoDB"),
            ("6.0.27-21", "8.0.19-7", "version 8.0 is more than one release above the 6.0"),
            ("6.0.27-21", "7.0.30-16", None),
            ("7.0.30-16", "7.0.29-1", None),
        ],
    )
    def test_mongodb_goes_one_release_up_and_none_down(self, old, new, said):
        before, after = (psmdb(replset(), image=f"percona/percona-server-mongodb:{tag}") for tag in (old, new))
        found = refusals(before, after)
        assert (said in found[0]) if said else found == []

    @pytest.mark.parametrize(("new", "way"), [(18, "run a PerconaPGUpgrade"), (16, "load a dump into a new database")])
    def test_postgresql_never_changes_its_major_version_here(self, new, way):
        (sentence,) = refusals(pg(instances(), postgresVersion=17.0), pg(instances(), postgresVersion=new))
        assert sentence.startswith(f"version {new} is not the 17 that wrote its data")
        assert way in sentence
        assert refusals(pg(instances(), postgresVersion=17.0), pg(instances(), postgresVersion=17)) == []


class TestData:
    def test_replication_is_not_switched(self):
        (sentence,) = refusals(ps(), ps(clusterType="async"))
        assert sentence.startswith('replication "async" is not the "group-replication" that it runs')
        assert refusals(ps(), ps(clusterType="group-replication")) == []
        assert refusals(ps(), ps(clusterType=object())) == []

    def test_the_storage_engine_is_not_switched(self):
        (sentence,) = refusals(psmdb(replset()), psmdb({**replset(), "storage": {"engine": "inMemory"}}))
        assert sentence.startswith('storage engine "inMemory" of replica set "rs0" is not the "wiredTiger"')

    def test_encryption_is_not_taken_away(self):
        for before, after in (
            (pxc(vaultSecretName="v"), pxc()),
            (ps(vaultSecretName="v"), ps(vaultSecretName="")),
        ):
            (sentence,) = refusals(before, after)
            assert sentence.startswith('the Vault Secret "v" would be left out')
            assert refusals(after, before) == []
        assert refusals(pxc(vaultSecretName="v"), pxc(vaultSecretName="w")) == []
        assert refusals(pxc(vaultSecretName="v"), pxc(vaultSecretName=object())) == []

    def test_mongodb_keeps_the_key_that_encrypted_it(self):
        vault, own = psmdb(replset(), secrets={"vault": "v"}), psmdb(replset(), secrets={"users": "u"})
        assert "would come from a Secret and not from Vault" in refusals(vault, own)[0]
        assert "would come from Vault and not from a Secret" in refusals(own, vault)[0]
        one, other = (psmdb(replset(), secrets={"encryptionKey": name}) for name in ("a", "b"))
        assert 'Secret "b" is not that of "a"' in refusals(one, other)[0]
        assert refusals(own, one) == []

    def test_a_data_source_comes_too_late(self):
        source = {"pgbackrest": {"stanza": "db", "repo": {"name": "repo1"}}}
        late = pg(instances(), dataSource=source)
        (sentence,) = refusals(pg(instances()), late)
        assert sentence.startswith("a data source is read only while a database is made")
        assert refusals(late, pg(instances())) == []
        unknown = copy.deepcopy(late)
        unknown["spec"]["dataSource"]["pgbackrest"]["stanza"] = object()
        assert refusals(pg(instances()), unknown) == []


def test_an_image_of_another_major_version_of_postgresql_is_refused_though_the_number_stays():
    def runs(image: Any) -> dict[str, Any]:
        return pg(instances(), postgresVersion=17, image=image)

    place = "docker.io/percona/percona-distribution-postgresql"
    assert refusals(runs(f"{place}:17.7-1"), runs(f"{place}:18.4-1")) == [
        "the server's image is of version 18 and not of the 17 that wrote its data, and PostgreSQL reads no data of "
        "another major version; keep an image of 17"
    ]
    for other in ("mirror.example.com/percona-distribution-postgresql:17.8-1", "ours:2.0", "", None, object(), place):
        assert refusals(runs(f"{place}:17.7-1"), runs(other)) == []


def test_an_engine_stays_and_the_sentence_says_the_way():
    assert engine_refusal("pg", "pg") is None
    assert engine_refusal("pg", "ps") == (
        'engine "ps" is not the "pg" that it runs, and no engine reads the data of another, so that it would begin '
        'empty; keep "pg", or make a new database under another name and move the data there'
    )


def test_a_place_stays_and_the_sentence_says_the_way():
    assert place_refusal("namespace", "shop", "shop") is None
    assert place_refusal("namespace", "shop", "finance") == (
        'namespace "finance" is not the "shop" of the database that runs, which would be deleted and begin empty '
        'there, because Kubernetes moves none; keep "shop", or make a new database under another name and move the '
        "data there"
    )


def test_every_engine_is_guarded():
    for kind, shrunk in zip(
        KINDS,
        (
            pxc(pxc={"volumeSpec": volume("1Gi")}),
            ps(volumeSpec=volume("1Gi")),
            psmdb(replset(storage="1Gi")),
            pg(instances(storage="1Gi")),
        ),
        strict=True,
    ):
        whole = {"PerconaXtraDBCluster": pxc(), "PerconaServerMySQL": ps(), "PerconaServerMongoDB": psmdb(replset())}
        assert shrunk["kind"] == kind
        assert len(refusals(whole.get(kind, pg(instances())), shrunk)) == 1


def test_other_kinds_and_a_change_of_kind_are_nobodys_business_here():
    assert refusals({"kind": "ConfigMap", "spec": {}}, {"kind": "ConfigMap"}) == []
    assert refusals(pxc(), ps()) == []
    assert refusals({}, {}) == []


# The words that the guards look for, so that shapes of all kinds stand where they look.
_KEYS = st.sampled_from(
    [
        *(
            "pxc",
            "proxysql",
            "mysql",
            "replsets",
            "instances",
            "sharding",
            "configsvrReplSet",
            "hidden",
            "name",
            "image",
        ),
        *("volumeSpec", "persistentVolumeClaim", "dataVolumeClaimSpec", "resources", "requests", "storage", "enabled"),
        *("storageClassName", "emptyDir", "tablespaceVolumes", "backups", "pgbackrest", "repos", "volume", "secrets"),
        *("volumeClaimSpec", "vault", "encryptionKey", "vaultSecretName", "clusterType", "postgresVersion", "engine"),
        "dataSource",
    ]
)
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("8.0"), st.just("x:8.0.1"),
    st.just("10Gi"), st.builds(object),
)  # fmt: skip
_ANY = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=30
)
_SPECS = st.dictionaries(_KEYS, _ANY, max_size=8)


@pytest.mark.slow
@given(st.sampled_from(KINDS), _SPECS | _ANY, _SPECS | _ANY)
def test_no_shape_breaks_it_and_what_stays_is_never_refused(kind, before, after):
    old, new = {"kind": kind, "spec": before}, {"kind": kind, "spec": after}
    assert all(isinstance(sentence, str) and "\n" not in sentence for sentence in refusals(old, new))
    assert refusals(old, old) == []


def test_a_repository_volume_is_not_deleted_with_its_backups_unless_the_operators_own_word_allows_it():
    before, after = pg(instances(), **repos(repo1="30Gi")), pg(instances(), **repos())
    after["spec"]["backups"]["pgbackrest"]["repos"] = [{"name": "repo1", "s3": {"bucket": "backups"}}]
    (sentence,) = refusals(before, after)
    assert sentence.startswith('the volume of backup repository "repo1" would be deleted, and the backups on it')
    assert "as repo1 (type volume, size 30Gi)" in sentence
    beside = copy.deepcopy(before)
    beside["spec"]["backups"]["pgbackrest"]["repos"].append({"name": "repo2", "s3": {"bucket": "backups"}})
    assert refusals(before, beside) == []
    after["metadata"]["annotations"] = {"postgres-operator.crunchydata.com/authorizeBackupRemoval": "true"}
    assert refusals(before, after) == []


def test_the_volume_of_proxysql_neither_shrinks_nor_grows():
    def sized(size: str) -> dict[str, Any]:
        return pxc(proxysql={"enabled": True, "volumeSpec": volume(size)})

    (sentence,) = refusals(sized("2Gi"), sized("4Gi"))
    assert sentence.startswith("storage of ProxySQL cannot grow from 2Gi to 4Gi")
    (sentence,) = refusals(sized("2Gi"), sized("1Gi"))
    assert "volumes never shrink" in sentence
    assert refusals(sized("2Gi"), sized("2Gi")) == []


class TestLabelsOfWhatShipsBinaryLogs:
    @staticmethod
    def shipping(enabled: Any = True, *, paused: Any = None, servers: Any = None, **labels: str) -> dict[str, Any]:
        mysql: dict[str, Any] = {"volumeSpec": volume()} | ({} if servers is None else {"labels": servers})
        spec = {"mysql": mysql, "metadata": {"labels": labels}, "backup": {"pitr": {"enabled": enabled}}}
        return object_of("PerconaServerMySQL", spec if paused is None else {**spec, "pause": paused})

    def test_they_stay_because_a_selector_never_changes(self):
        (sentence,) = refusals(self.shipping(owner="red"), self.shipping(owner="blue", tenant="shop"))
        assert 'labels would change, "owner" from "red" to "blue" and "tenant" from none to "shop"' in sentence
        assert "change them in an `up` that has backup.pitr.enabled false" in sentence
        (of_pods,) = refusals(self.shipping(servers={"a": "b"}), self.shipping())
        assert '"a" from "b" to none' in of_pods

    @pytest.mark.parametrize("stopped", [{"enabled": False}, {"paused": True}], ids=["off", "paused"])
    def test_they_change_where_the_operator_removes_that_server(self, stopped):
        assert refusals(self.shipping(owner="red"), self.shipping(owner="blue", **stopped)) == []
        assert refusals(self.shipping(owner="red", **stopped), self.shipping(owner="blue")) == []

    def test_what_is_not_known_yet_refuses_nothing(self):
        assert refusals(self.shipping(servers=object()), self.shipping(servers={"a": "b"})) == []
        assert refusals(self.shipping(servers={"a": object()}), self.shipping(servers={"a": "b"})) == []
