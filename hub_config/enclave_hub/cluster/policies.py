"""What a project's namespace holds before its first pod: nothing gets in or out."""

from typing import Any

from enclave_hub.cluster.pod import Cluster


SERVER_PORT = 8888


def namespace_objects(project: str, cluster: Cluster) -> list[dict[str, Any]]:
    """Return namespace, network policies and quota of a project, in this order."""
    name = cluster.namespace(project)
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {
                    "enclave/project": project,
                    "pod-security.kubernetes.io/enforce": "restricted",
                },
            },
        },
        _policy(name, "nothing-passes", {"policyTypes": ["Ingress", "Egress"]}),
        _policy(
            name,
            "the-front-comes-in",
            {
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [_front()], "ports": [_port(SERVER_PORT)]}],
            },
        ),
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name},
            "automountServiceAccountToken": False,
        },
    ]


def runtime_class(cluster: Cluster) -> dict[str, Any]:
    """Return the class under which gVisor runs pods, once for the cluster."""
    return {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": cluster.runtime_class},
        "handler": "runsc",
    }


def _policy(namespace: str, name: str, rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {}, **rules},
    }


def _front() -> dict[str, Any]:
    return {
        "namespaceSelector": {
            "matchLabels": {"kubernetes.io/metadata.name": "enclave-hub"}
        },
        "podSelector": {"matchLabels": {"app": "enclave-front"}},
    }


def _port(number: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": number}
