"""Which snapshot answers questions.

Not simply the newest: the same question on each day's load would be a fresh sample of
nearly the same count, and what one patient changes from one day to the next would stand
between two answers.
"""

from collections.abc import Sequence
from datetime import timedelta

from enclave.disclosure.policy import Policy
from enclave.errors import NotFoundError
from enclave.warehouse.manifest import SnapshotManifest


def released_snapshot(manifests: Sequence[SnapshotManifest], policy: Policy) -> int:
    """Return the number of the snapshot that answers questions.

    A snapshot answers until one is loaded that is ``policy.snapshot_days`` younger,
    that came through another mapping and so is another warehouse, or that obeys newer
    opt-outs: who says no is counted from the next load on no more.

    Parameters
    ----------
    manifests
        All snapshots, the oldest first.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if not manifests:
        raise NotFoundError(
            "There are no data to ask about yet: a data manager loads them with"
            " `enclave warehouse load`."
        )
    lasting = timedelta(days=policy.snapshot_days)
    released = manifests[0]
    for manifest in manifests[1:]:
        aged = manifest.created - released.created >= lasting
        said_no = manifest.opt_outs > released.opt_outs
        if aged or said_no or manifest.mapping.name != released.mapping.name:
            released = manifest
    return released.number
