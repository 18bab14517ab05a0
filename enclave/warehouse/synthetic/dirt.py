"""What is wrong with real laboratory data, put into a table that was clean.

Each of these was seen in a hospital's extract: texts instead of numbers, decimal
commas, limits of detection, another unit under the same code, point-of-care codes,
results delivered twice, results of nobody, and impossible dates.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


COMMA, COMMENT, LIMIT, OTHER_UNIT, POINT_OF_CARE = 0.02, 0.005, 0.01, 0.02, 0.05
TWICE, NOBODY, IMPOSSIBLE = 0.01, 0.002, 0.002
COMMENTS = ("Annulleret", "se kommentar", "ej påvist", "")


def dirty(results: Any, rng: np.random.Generator) -> Any:
    """Return rows of ``labka`` with the usual faults in them."""
    size = len(results)
    columns = {name: results[name].combine_chunks() for name in results.column_names}
    reply = columns["REPLY"]
    reply = _where(rng, COMMA, pc.replace_substring(reply, ".", ","), reply)
    reply = _where(rng, LIMIT, pc.binary_join_element_wise("<", reply, ""), reply)
    comments = pa.array(rng.choice(COMMENTS, size).astype(object), pa.string())
    columns["REPLY"] = _where(rng, COMMENT, comments, reply)
    columns["ANALYSEKODE_LABKA"] = _where(
        rng,
        POINT_OF_CARE,
        pc.binary_join_element_wise(columns["ANALYSEKODE_LABKA"], "POC", ""),
        columns["ANALYSEKODE_LABKA"],
    )
    columns["REPLYUNIT"] = _where(
        rng, OTHER_UNIT, pa.array(["g/dL"] * size), columns["REPLYUNIT"]
    )
    nobody = pc.binary_join_element_wise(
        pa.array(["000000"] * size), pc.utf8_slice_codeunits(columns["CPR"], 6), ""
    )
    columns["CPR"] = _where(rng, NOBODY, nobody, columns["CPR"])
    columns["PRVTAG_TID"] = _where(
        rng,
        IMPOSSIBLE,
        pa.array(np.full(size, np.datetime64("2099-01-01T00:00:00"))),
        columns["PRVTAG_TID"],
    )
    faulty = pa.table(columns)
    again = np.flatnonzero(rng.random(size) < TWICE)
    return pa.concat_tables([faulty, faulty.take(pa.array(again))])


def _where(rng: np.random.Generator, share: float, changed: Any, kept: Any) -> Any:
    return pc.if_else(pa.array(rng.random(len(kept)) < share), changed, kept)
