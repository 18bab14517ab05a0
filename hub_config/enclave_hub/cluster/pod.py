"""The pod of a workspace, from the description of its sandbox.

What the sandbox of one host does by namespaces, a pod does by other means: the image
holds the programs, volumes hold the project's folders, gVisor stands between user code
and the kernel of the node, and a network policy of the project's namespace lets nothing
out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave.sandbox.description import Mount, SandboxDescription


@dataclass(frozen=True)
class Cluster:
    """What a site decided about its cluster.

    Attributes
    ----------
    image
        By digest: what the released kernels and the server are in.
    claim
        Name of the volume claim that holds the enclave's home, in each namespace.
    home
        That home, as the descriptions write it.
    """

    image: str
    claim: str
    home: Path
    runtime_class: str = "gvisor"

    def namespace(self, project: str) -> str:
        """Return the namespace of a project: its pods, its policy, its quota."""
        return f"enclave-{project}"


def spawner_settings(
    description: SandboxDescription,
    environment: Mapping[str, str],
    project: str,
    cluster: Cluster,
) -> dict[str, Any]:
    """Return the traits of KubeSpawner for one workspace.

    Parameters
    ----------
    description
        Of the workspace on one host. Its folders below the enclave's home become
        volumes; what else it mounts is in the image, or a socket that a pod reaches
        by the service of the front.
    environment
        What the server is told.
    """
    account, limits = description.account, description.limits
    folders = [m for m in description.mounts if _is_project_folder(m, cluster)]
    uid = account.uid if account else 200_000
    return {
        "namespace": cluster.namespace(project),
        "image": cluster.image,
        "image_pull_policy": "IfNotPresent",
        "working_dir": str(description.workdir),
        "environment": {name: _literal(value) for name, value in environment.items()},
        "env_keep": [],
        "uid": uid,
        "gid": account.gid if account else uid,
        "fs_gid": account.gid if account else uid,
        "service_account": None,
        "automount_service_account_token": False,
        "allow_privilege_escalation": False,
        "privileged": False,
        "mem_limit": limits.total_memory_bytes or limits.memory_bytes,
        "cpu_limit": limits.processors or 2.0,
        "extra_resource_limits": {"ephemeral-storage": str(limits.tmp_bytes)},
        **_closed(cluster),
        "extra_labels": {"enclave/project": project},
        "volumes": [
            _claim(cluster),
            *(_memory(name, limits.tmp_bytes) for name in _TMP),
        ],
        "volume_mounts": [
            *(_folder(mount, cluster) for mount in folders),
            *({"name": name, "mountPath": path} for name, path in _TMP.items()),
        ],
    }


def _closed(cluster: Cluster) -> dict[str, Any]:
    """Return what is the same for every workspace."""
    return {
        "container_security_context": {
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "extra_pod_config": {
            "runtimeClassName": cluster.runtime_class,
            "enableServiceLinks": False,
            "hostNetwork": False,
            "hostPID": False,
            "hostIPC": False,
            "dnsPolicy": "None",  # no names: a name can carry data
            "dnsConfig": {"nameservers": ["127.0.0.1"]},
        },
    }


_TMP = {"tmp": "/tmp", "shm": "/dev/shm"}  # noqa: S108 - the pod's own


def _literal(text: str) -> str:
    """Return what KubeSpawner, which fills in what is in braces, leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _is_project_folder(mount: Mount, cluster: Cluster) -> bool:
    return mount.source is not None and mount.source.is_relative_to(cluster.home)


def _folder(mount: Mount, cluster: Cluster) -> dict[str, Any]:
    assert mount.source is not None  # noqa: S101 - for mypy: it was asked before
    return {
        "name": "home",
        "mountPath": str(mount.target),
        "subPath": str(mount.source.relative_to(cluster.home)),
        "readOnly": not mount.writable,
    }


def _claim(cluster: Cluster) -> dict[str, Any]:
    return {"name": "home", "persistentVolumeClaim": {"claimName": cluster.claim}}


def _memory(name: str, size: int) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": str(size)}}
