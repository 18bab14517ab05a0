"""Code lists as JSON, the same from the command line and from the portal."""

from collections.abc import Iterable
from typing import Any

from enclave.cohort.code_lists.difference import Difference
from enclave.cohort.code_lists.version import Version


def summary(version: Version) -> dict[str, Any]:
    """Return a version as one row of a list."""
    return {
        "name": version.full_name,
        "owner": version.owner,
        "system": version.system,
        "shared": version.shared.value,
        "version": version.version,
        "entries": len(version.entries),
        "digest": version.digest,
        "note": version.note,
        "saved": version.saved.isoformat(),
    }


def document(version: Version, versions: Iterable[Version]) -> dict[str, Any]:
    """Return a version whole, the list of all versions, and the node for a question."""
    return {
        **summary(version),
        "entries": [entry.model_dump(mode="json") for entry in version.entries],
        "codes": version.codes.model_dump(mode="json", exclude_none=True),
        "versions": [summary(one) for one in versions],
    }


def difference_document(found: Difference) -> dict[str, Any]:
    """Return what was added, removed and changed."""
    return {
        "added": [entry.model_dump(mode="json") for entry in found.added],
        "removed": [entry.model_dump(mode="json") for entry in found.removed],
        "changed": [
            {
                "before": change.before.model_dump(mode="json"),
                "after": change.after.model_dump(mode="json"),
            }
            for change in found.changed
        ],
    }
