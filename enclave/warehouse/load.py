"""A load: from a source through a mapping into a new snapshot, or into none.

Everything is first read and checked in a folder of its own. Then the tables that have
changed get a new version, then come the quarantine and the catalogue, and last, in one
step, the manifest. Whatever is killed before that has changed nothing that counts.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from enclave import __version__, durable
from enclave.clock import Clock
from enclave.identity.opt_outs import OptOuts
from enclave.identity.vault import Vault
from enclave.warehouse import leftovers
from enclave.warehouse.checking import Checked
from enclave.warehouse.engine import working_engine
from enclave.warehouse.lock import loading
from enclave.warehouse.manifest import (
    LeftOut,
    MappingReference,
    SnapshotManifest,
    SourceReference,
)
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.plan import plan
from enclave.warehouse.publishing import Change, Publisher
from enclave.warehouse.reading import SourceReader
from enclave.warehouse.rules import Problem
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sources.source import Source
from enclave.warehouse.vocabulary import Described


class LoadReport(Described):
    """What a load did.

    Attributes
    ----------
    snapshot
        Number of the snapshot that holds the source's state.
    unchanged
        True if that snapshot was there already, and nothing was written.
    tables
        What happened to each table.
    problems
        What was found, and what became of the rows.
    opted_out
        How many persons of the source were left out, for they opted out.
    """

    snapshot: int
    unchanged: bool
    tables: dict[str, Change]
    problems: tuple[Problem, ...]
    opted_out: int = 0


class Load:
    """One load into the warehouse in a folder.

    Parameters
    ----------
    folder, vault
        Where the tables go, and where the ids.
    latest
        Gives the newest snapshot.
    tell
        Called with one line for each step.
    """

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        latest: Callable[[], Snapshot | None],
        tell: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._folder = folder
        self._vault = vault
        self._latest = latest
        self._tell = tell
        self._clock = clock

    def run(self, source: Source, mapping: Mapping) -> LoadReport:
        """Load a source, or find that nothing has changed."""
        readings = plan(mapping, source)
        with loading(self._folder), self._workplace() as work:
            previous = self._latest()
            self._tell(f"Looking at {source.place}")
            origin = SourceReference(
                place=source.place, fingerprint=source.fingerprint()
            )
            register = OptOuts(self._vault)
            obeyed = register.last()
            if (
                previous is not None
                and previous.manifest.opt_outs == obeyed
                and _is_known(previous, origin, mapping)
            ):
                return _unchanged(previous)
            today = self._clock().date()
            reader = SourceReader(source, mapping, readings, work, self._tell)
            opted_out = frozenset(register.persons(obeyed))
            problems, left_out = reader.stage(self._vault, opted_out, today)
            with working_engine(work / "spill") as engine:
                checked = reader.check(engine, today)
                problems += [found for each in checked for found in each.problems]
                publisher = Publisher(engine, self._folder, mapping, previous)
                out = LeftOut(entry=obeyed, persons=left_out) if obeyed else None
                return self._publish(publisher, checked, problems, origin, out)

    def _publish(
        self,
        publisher: Publisher,
        checked: list[Checked],
        problems: list[Problem],
        origin: SourceReference,
        out: LeftOut | None,
    ) -> LoadReport:
        self._tell("Comparing with the last snapshot")
        contents, changes = publisher.changes(checked)
        previous = publisher.previous
        if previous is not None and set(changes.values()) == {"unchanged"}:
            kept = previous.manifest
            same_mapping = kept.mapping.digest == publisher.mapping.digest
            # Also who left the source before they said no: of an older snapshot that
            # still holds them, nothing is delivered anew.
            obeyed = out.entry if out else 0
            same = same_mapping and kept.opt_outs == obeyed
            if same and kept.problems == tuple(problems):
                return _unchanged(previous)
        number = previous.number + 1 if previous else 1
        self._tell(f"Writing snapshot {number}")
        tables = publisher.write_tables(checked, contents, changes)
        publisher.write_quarantine(checked, number)
        manifest = SnapshotManifest(
            number=number,
            created=self._clock(),
            software=__version__,
            mapping=MappingReference(
                name=publisher.mapping.name,
                version=publisher.mapping.version,
                digest=publisher.mapping.digest,
                identifier=publisher.mapping.identifier,
            ),
            source=origin,
            tables=tables,
            problems=tuple(problems),
            opted_out=out,
            catalogue=publisher.write_catalogue(tables, changes, number),
        )
        durable.flush_tree(self._folder / "tables")
        manifest.sealed().write(self._folder / "snapshots")
        return LoadReport(
            snapshot=number,
            unchanged=False,
            tables=changes,
            problems=manifest.problems,
            opted_out=out.persons if out else 0,
        )

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        # It being there already means that a load was killed.
        work = self._folder / "loading"
        if work.exists():
            self._tell("Cleaning up after a load that broke off")
            leftovers.sweep(self._folder)
            shutil.rmtree(work)
        work.mkdir(mode=0o700)
        try:
            yield work
        except BaseException:
            leftovers.sweep(self._folder)
            raise
        finally:
            shutil.rmtree(work)


def _is_known(previous: Snapshot, origin: SourceReference, mapping: Mapping) -> bool:
    """Say whether a load would end as the last one, so that it need not be done."""
    kept = previous.manifest
    # Tomorrow, what lay in the future may be right.
    waits = any(problem.rule == "in_future" for problem in kept.problems)
    return (
        origin.fingerprint is not None
        and origin.fingerprint == kept.source.fingerprint
        and mapping.digest == kept.mapping.digest
        and kept.software == __version__
        and not waits
    )


def _unchanged(previous: Snapshot) -> LoadReport:
    return LoadReport(
        snapshot=previous.number,
        unchanged=True,
        tables=dict.fromkeys(previous.manifest.tables, "unchanged"),
        problems=previous.manifest.problems,
        opted_out=out.persons if (out := previous.manifest.opted_out) else 0,
    )
