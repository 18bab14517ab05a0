"""Cleaning up after a load that was killed: only what a manifest names stays."""

import shutil
from pathlib import Path

from enclave import durable
from enclave.warehouse import delta
from enclave.warehouse.manifest import SnapshotManifest, numbers


def sweep(folder: Path) -> None:
    """Remove everything from a warehouse's folder that belongs to no snapshot."""
    snapshots = folder / "snapshots"
    for name in ("snapshots", "catalogues", "quarantine"):
        durable.sweep_partials(folder / name)
    manifests = [SnapshotManifest.read(snapshots, each) for each in numbers(snapshots)]
    last = manifests[-1].number if manifests else 0
    for made in [*folder.glob("catalogues/*.json"), *folder.glob("quarantine/*")]:
        if int(made.stem) > last:
            _remove(made)
    for table in folder.glob("tables/*"):
        versions = {
            manifest.tables[table.name].version
            for manifest in manifests
            if table.name in manifest.tables
        }
        if versions:
            delta.sweep(table, versions)
        else:
            _remove(table)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
