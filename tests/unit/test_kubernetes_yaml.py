"""Texts stay texts, whoever reads the YAML."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from dbaas_components.kubernetes_yaml import kubernetes_documents, kubernetes_yaml

# What looks like a number or a truth value in one dialect of YAML or another, and what does not.
LOOKS = [
    *("n", "N", "y", "Y", "yes", "no", "on", "Off", "true", "~", "null", "", "-", "=", "<<"),
    *(
        "1e3",
        "1E5",
        "12e03",
        "1e+3",
        "+1e3",
        "-1e-5",
        "2e400",
        ".1e3",
        "1.e+3",
        "1_000e3",
        "1__0.5",
        ".5",
        "1.",
        "+.inf",
    ),
    *("0o17", "0O17", "-0o7", "017", "08", "09", "0o8", "0x1F", "0X1F", "0b1", "0B1", "0x1p4", "0x", "0b", "5e", "e5"),
    *("12:30", "190:20:30", "2026-11-21", "2026-11-21T00:00:00Z", "nan", ".NaN", "inf", "+.inf", "1.2.3", "8.0.42"),
    *("5Gi", "100m", "1.5", "#", "a: b", "- a", "several\nlines\n", " led by a space", "ends: ", "'", '"', "\t", "é"),
]
SHORT = ["".join(one) for size in (1, 2, 3) for one in itertools.product("0189xobe+-._n", repeat=size)]


def test_what_is_no_number_and_no_truth_value_stays_without_quotes():
    text = kubernetes_yaml({"size": "5Gi", "version": "8.0.42", "when": "0 1 * * *", "name": "orders", "count": 3})
    assert text == "size: 5Gi\nversion: 8.0.42\nwhen: 0 1 * * *\nname: orders\ncount: 3\n"


def test_what_python_reads_again_is_what_was_written():
    assert yaml.safe_load(kubernetes_yaml({"all": [*LOOKS, *SHORT]})) == {"all": [*LOOKS, *SHORT]}
    assert list(yaml.safe_load_all(kubernetes_documents([{"a": "y"}, {"b": 1}]))) == [{"a": "y"}, {"b": 1}]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on this machine")
def test_what_kubectl_reads_is_what_was_written(tmp_path: Path):
    data = {f"k{number}": text for number, text in enumerate([*LOOKS, *SHORT])}
    file = tmp_path / "settings.yaml"
    file.write_text(
        kubernetes_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data})
    )
    command = ["kubectl", "annotate", "--local", "-f", str(file), "read=again", "-o", "json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    read = json.loads(told.stdout)["data"]
    assert {text: read[key] for key, text in data.items() if read[key] != text} == {}
