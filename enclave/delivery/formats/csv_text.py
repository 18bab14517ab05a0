"""CSV: UTF-8, names first, commas, decimal points, ISO dates, a word for missing."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from enclave.delivery.formats.layout import Layout
from enclave.errors import InputError


# A missing value is the first of these that is nobody's text in the table.
TOKENS = ("NA", "<NA>", "<<missing>>")
DICTIONARY = "data-dictionary.csv"


def write_csv(layout: Layout, path: Path) -> str:
    """Write one table, and return the word that stands for a missing value."""
    token = _token(layout)
    names = [field.name for field in layout.fields]
    schema = pa.schema([(name, pa.string()) for name in names])
    with (
        path.open("wb") as file,
        pa.csv.CSVWriter(
            file,
            schema,
            write_options=pa.csv.WriteOptions(
                quoting_header="needed", quoting_style="needed"
            ),
        ) as writer,
    ):
        for batch in layout.chunks():
            columns = [_written(batch[name], token) for name in names]
            writer.write(pa.RecordBatch.from_arrays(columns, schema=schema))
    return token


def _written(values: pa.Array, token: str) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        # Without a blank, so that every reader takes it for one value.
        values = pc.replace_substring(values.cast(pa.string()), " ", "T")
    return pc.fill_null(values.cast(pa.string()), token)


def _token(layout: Layout) -> str:
    left = set(TOKENS)
    candidates = pa.array(TOKENS)
    names = [field.name for field in layout.fields if field.kind == "text"]
    for batch in layout.chunks():
        for name in names:
            values = batch[name].cast(pa.string())
            # At most a handful of words: nearly all texts are longer or shorter.
            met = pc.unique(values.filter(pc.is_in(values, value_set=candidates)))
            left -= set(met.to_pylist())
    for token in TOKENS:
        if token in left:
            return token
    raise InputError(
        f"Table {layout.name} holds the texts {' and '.join(TOKENS)}, so CSV has"
        " no word left for a missing value: ask for Parquet, SAS or Stata."
    )
