"""The certificate of a re-run that nobody executed."""

from typing import Any

from enclave.archive.certificate import Certificate
from enclave.archive.manifest import DeliveryRecord, KernelRecord, SnapshotRecord
from tests.builders.projects import NOW


def certificate(analysis: str, rerun: int, verdict: str, **changes: Any) -> Certificate:
    fields: dict[str, Any] = {
        "analysis": analysis,
        "rerun": rerun,
        "manifest_sha256": "1" * 64,
        "source_digest": "b" * 64,
        "kernel": KernelRecord(name="python-2026.12", lock_sha256="c" * 64),
        "delivery": DeliveryRecord(
            version=1,
            manifest_sha256="d" * 64,
            grant="G1-1",
            snapshot=SnapshotRecord(number=3, digest="e" * 64),
        ),
        "data": "frozen",
        "archived": NOW,
        "requested": NOW,
        "completed": NOW,
        "verdict": verdict,
        "cause": None,
        "outputs": {verdict: 12},
        "report_sha256": "2" * 64,
        "policy_sha256": "3" * 64,
        **changes,
    }
    return Certificate(**fields)
