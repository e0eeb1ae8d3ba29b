"""The programs in docs/buckets.md are some, and what it quotes is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbaas_components import SpecError
from dbaas_components.evaluate import Graph, evaluate
from tests.unit.buckets.made import BETWEEN, aws, parsed, tenant

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "buckets.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")]


def run(program: str, folder: Path) -> Graph:
    (folder / "__main__.py").write_text(program)
    keys = {"aws:kms/key:Key": {"arn": "arn:k1"}, "aws:kms/replicaKey:ReplicaKey": {"arn": "arn:k2"}}
    return evaluate(folder, outputs=keys)


def test_the_first_program_makes_a_bucket_and_a_database_behind_it(tmp_path: Path):
    graph = run(PROGRAMS[0], tmp_path)
    assert len(graph.all("Bucket")) == 2
    before = {one.kind for one in graph.dependency_closure(graph.one("ManagedDatabase"))}
    assert {"Bucket", "BucketPolicy", "Role"} <= before
    repository = graph.one("PerconaPGCluster").inputs["spec"]["backups"]["pgbackrest"]
    assert repository["global"]["repo1-path"] == "/production/pg/shop/orders/1"


def test_the_second_program_makes_one_bucket_and_tells_of_another(tmp_path: Path):
    graph = run(PROGRAMS[1], tmp_path)
    assert len(PROGRAMS) == 2
    assert len(graph.all("Bucket")) == 1
    assert len(graph.all("BackupBucket")) == 2


def test_the_refusal_that_is_quoted_is_said():
    weekly = {"name": "weekly", "cron": "0 1 * * 0", "keep": 8}
    with pytest.raises(SpecError) as error:
        parsed(aws(tenant("pg", [weekly, BETWEEN]), extra_rules=[{"name": "mine", "expire_days": 20}]))
    said = str(error.value).removeprefix("bucket: ")
    assert said in GUIDE.replace("\n", " ")
