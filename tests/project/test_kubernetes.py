"""The manifests for Kubernetes: valid by its schemas, the stack of the compose file, and with as little rights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from adapters.settings import SentimentWorkerSettings, Settings
from tests.support.settings import SECRET_VARIABLES

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
KUSTOMIZATION: dict[str, Any] = YAML(typ="safe").load((FOLDER / "kustomization.yaml").read_text())
OBJECTS: dict[str, dict[str, Any]] = {
    f"{file} {found['kind']} {found['metadata']['name']}": found
    for file in KUSTOMIZATION["resources"]
    for found in YAML(typ="safe").load_all((FOLDER / file).read_text())
}
DEPLOYMENTS = {found["metadata"]["name"]: found for found in OBJECTS.values() if found["kind"] == "Deployment"}
SETTINGS_IN = {found["metadata"]["name"]: found["data"] for found in OBJECTS.values() if found["kind"] == "ConfigMap"}
SCHEMA = "1.37"


@pytest.mark.parametrize("name", OBJECTS)
def test_the_schemas_of_kubernetes_know_every_field(name: str) -> None:
    kubernetes_validate.validate(OBJECTS[name], SCHEMA, strict=True)


def test_a_field_that_there_is_not_would_be_noticed() -> None:
    wrong = {**OBJECTS["serve.yaml Service relance-serve"], "spcc": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, SCHEMA, strict=True)


def test_every_file_is_named() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_has_no_more_rights_than_it_needs(name: str) -> None:
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["terminationGracePeriodSeconds"] >= 30
    [container] = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"].keys() == {"memory"}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def given_to(name: str) -> list[tuple[str, str]]:
    [container] = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    return [(kind, given["name"]) for each in container["envFrom"] for kind, given in each.items()]


def test_who_judges_replies_is_given_the_connection_alone() -> None:
    connection = [("configMapRef", "relance-connection"), ("secretRef", "relance-connection")]
    assert given_to("relance-sentiment") == connection
    assert all(given_to(name)[:2] == connection for name in DEPLOYMENTS)
    assert {name for name in DEPLOYMENTS if ("secretRef", "relance-hooks") in given_to(name)} == {"relance-serve"}
    known = {f"RELANCE_{field.upper()}" for field in SentimentWorkerSettings.model_fields}
    ours = {name for name in SETTINGS_IN["relance-connection"] if name.startswith("RELANCE_")}
    assert ours <= known


def test_settings_are_settings_and_no_secret_is_written_here() -> None:
    written = {name for data in SETTINGS_IN.values() for name in data}
    written |= {
        variable["name"]
        for deployment in DEPLOYMENTS.values()
        for container in deployment["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", ())
    }
    assert {name for name in written if name.startswith("RELANCE_")} <= {
        f"RELANCE_{field.upper()}" for field in Settings.model_fields
    }
    assert written & SECRET_VARIABLES == set()


def test_every_part_of_the_stack_runs_and_selects_its_own_pods() -> None:
    commands = {}
    for name, deployment in DEPLOYMENTS.items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"] == labels
        assert f"relance-{labels['app.kubernetes.io/component']}" == name
        commands[name] = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    assert commands == {
        "relance-serve": ["serve", "--no-dispatch"],
        "relance-dispatch": ["dispatch"],
        "relance-worker": ["worker", "--queues", "relance,relance-send"],
        "relance-sentiment": ["worker", "--queues", "relance-sentiment"],
    }


def test_a_worker_is_ready_when_its_own_pod_polls_and_is_not_killed_for_an_outage() -> None:
    for name in ("relance-worker", "relance-sentiment"):
        [container] = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
        *_, script, address = container["readinessProbe"]["exec"]["command"]
        assert script == "/opt/relance/healthcheck.py"
        assert re.findall(r"queue=([\w-]+)", address) == container["args"][-1].split(",")
        assert address.endswith("&host={host}")
        assert "livenessProbe" not in container


def test_who_judges_replies_reaches_no_server_outside() -> None:
    policies = {name: found["spec"] for name, found in OBJECTS.items() if found["kind"] == "NetworkPolicy"}
    outside = [spec for spec in policies.values() if "ipBlock" in str(spec)]
    assert len(outside) == 1
    [components] = [each for each in outside[0]["podSelector"]["matchExpressions"] if "component" in each["key"]]
    assert components["values"] == ["serve", "worker"]
    assert policies["network.yaml NetworkPolicy relance-nothing"]["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policies["network.yaml NetworkPolicy relance-nothing"]
