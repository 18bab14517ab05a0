"""Fill the folder of one version: tables, dictionary, receipt, manifest."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from enclave import durable
from enclave.canonical import canonical_json, file_digest
from enclave.cohort import evaluation
from enclave.delivery.ahead import in_turn
from enclave.delivery.dictionary import dictionary
from enclave.delivery.engine import Opener, on_this_machine
from enclave.delivery.extraction import Extraction
from enclave.delivery.formats.csv_text import WrittenCsv
from enclave.delivery.formats.writing import main_file, write_formats
from enclave.delivery.manifest import Manifest, TableFile, describe_file
from enclave.delivery.minimisation import POPULATION, DeliveredTable
from enclave.delivery.order import Order
from enclave.delivery.person_count import Found
from enclave.delivery.reasons import Reason, reasons
from enclave.delivery.receipt import RECEIPT, Receipt, compile_receipt
from enclave.delivery.receipt_page import as_markdown
from enclave.projects.forms import DatePolicy, Format
from enclave.signature import Signer


def build(
    order: Order, folder: Path, signer: Signer, engine: Opener = on_this_machine
) -> Manifest:
    """Make one version in an empty folder.

    Parameters
    ----------
    engine
        What runs the extraction; the version is the same whatever does.

    Raises
    ------
    HostError
        If memory or disk space ran out.
    """
    tables = order.tables
    found, files, csv = _extract(order, tables, folder, engine)
    receipt = compile_receipt(order, found)
    _write_documents(order, tables, receipt, folder)
    described = dictionary(tables, index=order.index)
    hashes = write_formats(folder, described, order.grant.formats, csv)
    manifest = _manifest(order, files, hashes, folder)
    manifest.write(folder, signer)
    return manifest


def _extract(
    order: Order, tables: tuple[DeliveredTable, ...], folder: Path, opener: Opener
) -> tuple[Found, tuple[TableFile, ...], dict[str, WrittenCsv]]:
    grant = order.grant
    with (
        # Beside the folder, so that what a killed process leaves is swept with it.
        tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as spill,
        opener(order.snapshot, Path(spill)) as engine,
    ):
        cohort = engine.cohort(grant.question)
        extraction = Extraction(
            engine,
            cohort,
            order.pseudonyms,
            grant.window,
            shifted=grant.date_policy is DatePolicy.SHIFT,
            csv=Format.CSV in grant.formats,
        )
        path = folder / f"{POPULATION}.parquet"
        sha256 = extraction.write_population(path, index=order.index)
        files = [describe_file(path, persons=len(cohort), sha256=sha256)]
        tallies = []
        for table in tables:
            path = folder / f"{table.name}.parquet"
            sha256 = extraction.write(table, path)
            tally = extraction.tally(table)
            tallies.append((table, tally))
            persons = int((tally.inside > 0).sum())
            files.append(describe_file(path, persons=persons, sha256=sha256))
        found = Found(
            cohort=cohort["person"].to_numpy(),
            deaths=extraction.deaths_before(grant.window.start),
            tallies=tallies,
            since_counted=_since_counted(order, cohort),
        )
    return found, tuple(files), extraction.csv_files


def _since_counted(order: Order, cohort: pa.Table) -> dict[Reason, int]:
    """Count who came to the cohort, and who left it, since it was counted."""
    if order.counted is None:
        return {}
    with order.counted.connect() as connection:
        then = evaluation.persons(order.grant.question, connection)
    before, after = (set(each["person"].to_pylist()) for each in (then, cohort))
    return reasons(
        order.counted,
        order.snapshot,
        order.opt_outs,
        came=after - before,
        gone=before - after,
    )


def _write_documents(
    order: Order, tables: tuple[DeliveredTable, ...], receipt: Receipt, folder: Path
) -> None:
    for name, content in {
        "dictionary.json": canonical_json(dictionary(tables, index=order.index)),
        RECEIPT: canonical_json(receipt.model_dump(mode="json")),
        "receipt.md": as_markdown(receipt).encode(),
    }.items():
        durable.write_file(folder / name, content)


def _manifest(
    order: Order,
    files: tuple[TableFile, ...],
    hashes: Mapping[str, str],
    folder: Path,
) -> Manifest:
    """Describe all files; of some the hashes are known already."""

    def sha256(path: Path) -> str:
        return hashes.get(path.name) or file_digest(path)

    grant = order.grant
    main = [folder / main_file(file.name, grant.formats) for file in files]
    files = tuple(
        file.moved_to(path, sha256) for file, path in zip(files, main, strict=True)
    )
    tables = {file.file for file in files}
    others = sorted(path for path in folder.iterdir() if path.name not in tables)
    return Manifest(
        project=grant.project,
        version=order.version,
        grant=grant.id,
        grant_digest=grant.digest,
        question_digest=grant.question.digest,
        snapshot=order.snapshot.number,
        snapshot_digest=order.snapshot.digest,
        pseudonym_key=order.pseudonyms.key_name,
        date_policy=grant.date_policy,
        window=grant.window,
        persons=next(file.persons for file in files if file.name == POPULATION),
        tables=files,
        files=dict(in_turn(lambda path: (path.name, sha256(path)), others)),
    )
