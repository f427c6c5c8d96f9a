# The Postman collection runs as a whole, each request answered as it expects.
# SPDX-License-Identifier: BSD-2-Clause
import json
import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = TREE / "doc" / "postman" / "parley.postman_collection.json"
NEWMAN = TREE / "build" / "node" / "node_modules" / ".bin" / "newman"
REQUESTS = TREE / "tests" / "dialects" / "requests.json"
FOLDERS = json.loads(COLLECTION.read_text("utf-8"))["item"]
DIALECTS = ("shady", "shetewi", "mosaad", "deeb")


@pytest.fixture
def newman(tmp_path):
    """newman(folders, variables): runs them; what failed and what ran."""
    assert NEWMAN.exists(), "scripts/test examples installs it"

    def run(folders, variables):
        report = tmp_path / "report.json"
        done = subprocess.run(
            [NEWMAN, "run", COLLECTION, "--reporters", "json",
             "--reporter-json-export", report, "--timeout-request", "20000",
             *(word for folder in folders for word in ("--folder", folder)),
             *(word for name, value in variables.items()
               for word in ("--env-var", f"{name}={value}"))],
            capture_output=True, text=True, timeout=100, check=False)
        ran = json.loads(report.read_text("utf-8"))["run"]
        failures = [f"{failure['source']['name']}: "
                    f"{failure['error']['message']}"
                    for failure in ran["failures"]]
        assert (done.returncode == 0) == (not failures), done
        return failures, [execution["item"]["name"]
                          for execution in ran["executions"]
                          if "response" in execution]
    return run


def names(folders):
    return {item["name"] for folder in FOLDERS if folder["name"] in folders
            for item in folder["item"]}


def test_every_request_of_the_api_runs_and_is_answered(newman, stack):
    folders = [folder["name"] for folder in FOLDERS
               if folder["name"] not in DIALECTS]
    failures, ran = newman(folders, {
        "base_url": stack.env["PARLEY_URL"],
        "operator_key": stack.env["PARLEY_ADMIN_KEY"]})
    assert not failures
    assert set(ran) == names(folders)
    assert len(ran) > 50


def test_without_the_operators_key_the_rest_runs(newman, stack):
    failures, ran = newman(["applications"],
                           {"base_url": stack.env["PARLEY_URL"]})
    assert not failures
    left_out = names(["applications"]) - set(ran)
    assert left_out == {"List all applications, for the operator"}


def test_every_request_of_the_older_systems_runs_and_is_answered(
        newman, stack):
    if "PARLEY_DIALECT_PORT_BASE" not in stack.env:
        pytest.skip("this stack is without --dialects")
    offset = int(stack.env["PARLEY_DIALECT_PORT_BASE"]) - 3000
    services = json.loads(REQUESTS.read_text("utf-8"))["services"]
    failures, ran = newman(DIALECTS, {
        name.replace("-", "_") + "_url":
            f"http://127.0.0.1:{service['port'] + offset}"
        for name, service in services.items()})
    assert not failures
    assert set(ran) == names(DIALECTS)
    assert len(ran) > 60
