"""What a cluster would be given, checked against the schemas of Kubernetes.

Nothing is run: there is no cluster here.
"""

import asyncio
import json
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from kubernetes_asyncio.client import ApiClient
from kubernetes_asyncio.config import kube_config
from kubespawner import KubeSpawner

import enclave_hub.cluster
from enclave_hub.cluster.pod import Cluster, spawner_settings
from enclave_hub.cluster.policies import namespace_objects, runtime_class
from enclave_hub.places import Places
from enclave_hub.workspace.admission import Project
from enclave_hub.workspace.description import Opening, describe
from enclave_hub.workspace.sockets import WorkspaceSockets


VERSIONS = ["1.29", "1.33"]


@pytest.fixture
def cluster(settings):
    return Cluster(
        image="registry.example.dk/enclave/workspace@sha256:" + "0" * 64,
        claim="enclave-home",
        home=settings.home,
    )


# KubeSpawner wants to know a cluster, and does not speak to it here.
NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "nowhere",
    "clusters": [{"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}],
    "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "x"}}],
    "users": [{"name": "x", "user": {}}],
}


@pytest.fixture
def no_cluster(tmp_path, monkeypatch):
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(NOWHERE))
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))


@pytest.fixture
def pod(settings, cluster, no_cluster):  # noqa: ARG001 - it is set up
    """The manifest that KubeSpawner itself makes of the traits."""
    places = Places(settings)
    places.prepare()
    data = settings.deliveries / "demo" / "G1-1" / "0001"
    data.mkdir(parents=True)
    opening = Opening(settings, Project(1, "demo", "A title", ("G1-1",), data), "rikke")
    sockets = WorkspaceSockets.bind(places.workspace_folder(3), opening.account)
    server = describe(opening, sockets, {"JUPYTERHUB_API_TOKEN": "hub-secret"})
    sockets.close()
    traits = spawner_settings(server.sandbox, server.environment, "demo", cluster)

    async def render():
        spawner = KubeSpawner(_mock=True, **traits)
        async with ApiClient() as client:
            made = await spawner.get_pod_manifest()
            return client.sanitize_for_serialization(made)

    return asyncio.run(render())


@pytest.mark.parametrize("version", VERSIONS)
def test_pod_and_policies_are_valid(pod, cluster, version):
    for manifest in (
        {"apiVersion": "v1", "kind": "Pod", **pod},
        *namespace_objects("demo", cluster),
        runtime_class(cluster),
    ):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_that_is_wrong_would_be_noticed(pod):
    pod["spec"]["containers"][0]["imagePullPolicy"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {"apiVersion": "v1", "kind": "Pod", **pod}, VERSIONS[0], strict=True
        )


def test_a_pod_is_closed(pod):
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert spec["runtimeClassName"] == "gvisor"
    assert spec["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in spec
    assert spec["enableServiceLinks"] is False
    assert spec["dnsPolicy"] == "None"
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"]
    assert security["runAsNonRoot"]
    assert security["runAsUser"] >= 1000
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]
    told = {one["name"]: one.get("value", "") for one in container["env"]}
    assert json.loads(told["ENCLAVE_KERNEL_SANDBOX"])["mounts"]


def test_a_pod_sees_the_folders_of_its_project_as_on_one_host(pod):
    mounts = {m["mountPath"]: m for m in pod["spec"]["containers"][0]["volumeMounts"]}
    assert mounts["/project/data"]["readOnly"]
    assert mounts["/project/data"]["subPath"] == "deliveries/demo/G1-1/0001"
    assert not mounts["/project/work"].get("readOnly")
    assert mounts["/home/rikke"]["subPath"] == "projects/demo/homes/rikke"
    for mount in mounts.values():
        if mount["name"] == "home":
            assert "demo" in Path(mount["subPath"]).parts
    sizes = [
        v["emptyDir"]["sizeLimit"] for v in pod["spec"]["volumes"] if "emptyDir" in v
    ]
    assert len(sizes) == 2


def test_nothing_leaves_the_namespace_of_a_project(cluster):
    policies = [
        one["spec"]
        for one in namespace_objects("demo", cluster)
        if one["kind"] == "NetworkPolicy"
    ]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    assert not [policy for policy in policies if policy.get("egress")]


def test_the_charts_own_ways_out_are_shut():
    file = Path(enclave_hub.cluster.__path__[0]) / "values.yaml"
    policy = yaml.safe_load(file.read_text())["singleuser"]["networkPolicy"]
    assert policy["egress"] == []
    assert not any(policy["egressAllowRules"].values())
