"""The bill of materials of a kernel: CycloneDX, made from its lock and nothing else.

The same lock has the same bill, byte for byte: no time, no host, and a serial number
that follows from the lock.
"""

import json
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from enclave.sandbox.kernel_lock import LockedPackage
from enclave.sandbox.released_kernels import Release


def bill(release: Release) -> bytes:
    """Return the bill of materials of a release, as JSON in CycloneDX 1.6."""
    locked = release.locked
    packages = (*locked.debian, *locked.python)
    kernel = f"kernel:{release.name}"
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, locked.text)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": kernel,
                "name": release.name,
                "version": release.name.rpartition("-")[2],
            }
        },
        "components": [_component(package) for package in packages],
        "dependencies": _dependencies(kernel, packages),
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _component(package: LockedPackage) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _address(package),
        "name": package.name,
        "version": package.version,
        "purl": _address(package),
    }
    # Of several files one is installed; a component's hash is that of its one file.
    if len(package.hashes) == 1:
        component["hashes"] = [{"alg": "SHA-256", "content": package.hashes[0]}]
    else:
        component["externalReferences"] = [
            {
                "type": "distribution",
                "url": _address(package),
                "hashes": [
                    {"alg": "SHA-256", "content": sha256} for sha256 in package.hashes
                ],
            }
        ]
    return component


def _dependencies(
    kernel: str, packages: tuple[LockedPackage, ...]
) -> list[dict[str, Any]]:
    """Say who needs what; what nobody else needs, the kernel itself asked for."""
    needs: dict[str, list[str]] = {kernel: []}
    needs |= {_address(package): [] for package in packages}
    by_name = {each.key: _address(each) for each in packages if each.kind == "pypi"}
    for package in packages:
        wanting = [by_name[name] for name in package.wanted_by if name in by_name]
        for one in wanting or [kernel]:
            needs[one].append(_address(package))
    return [{"ref": ref, "dependsOn": sorted(set(on))} for ref, on in needs.items()]


def _address(package: LockedPackage) -> str:
    """Return the package URL."""
    version = quote(package.version, safe=":~")
    if package.kind == "deb":
        name = quote(package.name, safe="")
        return f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12"
    return f"pkg:pypi/{package.key}@{version}"
