"""The warehouse of one installation: loads in, snapshots out."""

from collections.abc import Callable
from contextlib import closing

from enclave.clock import Clock, now
from enclave.errors import NotFoundError
from enclave.identity.vault import Vault
from enclave.settings import Settings
from enclave.warehouse.load import Load, LoadReport
from enclave.warehouse.manifest import SnapshotManifest, numbers
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sources.opening import open_source


def _silent(_step: str) -> None:
    """Tell nobody."""


class Warehouse:
    """The snapshots of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.warehouse

    def load(
        self,
        source: str,
        mapping: Mapping,
        *,
        tell: Callable[[str], None] = _silent,
        clock: Clock = now,
    ) -> LoadReport:
        """Read a source into a new snapshot; the same data again make none.

        Parameters
        ----------
        source
            A folder of CSV or Parquet files, a ``.duckdb`` file, or an Ibis URL such as
            ``postgres://host/database``.
        mapping
            How the source becomes tables.
        tell
            Called with one line for each step.

        Raises
        ------
        InputError
            If the source is not there, does not fit the mapping, or holds no person.
        PolicyRefusal
            If another load is under way.
        """
        self._settings.claim_home()
        with closing(open_source(source, mapping.csv)) as opened:
            load = Load(
                self._folder, Vault.of(self._settings), self._latest, tell, clock
            )
            return load.run(opened, mapping)

    def snapshots(self) -> list[SnapshotManifest]:
        """Return the manifests of all snapshots, the oldest first."""
        folder = self._folder / "snapshots"
        return [SnapshotManifest.read(folder, number) for number in numbers(folder)]

    def snapshot(self, number: int | None = None) -> Snapshot:
        """Return one snapshot, by default the newest.

        Raises
        ------
        NotFoundError
            If there is none, or none of that number.
        """
        present = numbers(self._folder / "snapshots")
        if not present:
            raise NotFoundError(
                "The warehouse is empty. Load a source first: enclave warehouse load"
                " --source FOLDER --mapping NAME."
            )
        if number is not None and number not in present:
            raise NotFoundError(
                f"There is no snapshot {number}. The newest is {present[-1]}; all of"
                " them: enclave warehouse list."
            )
        return Snapshot(self._folder, present[-1] if number is None else number)

    def newest_number(self) -> int:
        """Return the number of the newest snapshot, 0 if there is none."""
        return max(numbers(self._folder / "snapshots"), default=0)

    def _latest(self) -> Snapshot | None:
        present = numbers(self._folder / "snapshots")
        return Snapshot(self._folder, present[-1]) if present else None
