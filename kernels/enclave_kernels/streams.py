"""What a cell printed, as one text for each stream.

nbclient does the same, but takes time by the square of a line's length to look for
carriage returns: a cell that prints one line of half a megabyte would never end.
"""

from itertools import pairwise
from typing import Any


def coalesced(outputs: list[Any]) -> list[Any]:
    """Put together what came in pieces: each stream at its first place.

    Of a line that was overwritten (a progress bar), what stood there last is left.
    Of two neighbours, standard output comes first: their order is chance.
    """
    kept: list[Any] = []
    streams: dict[str, Any] = {}
    pieces: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            kept.append(output)
            continue
        name = output["name"]
        if name not in streams:
            kept.append(streams.setdefault(name, output))
        pieces.setdefault(name, []).append(output["text"])
    for name, output in streams.items():
        output["text"] = _last_written("".join(pieces[name]))
    for place, (one, next_) in enumerate(pairwise(kept)):
        if _names(one, next_) == ["stderr", "stdout"]:
            kept[place : place + 2] = [next_, one]
            break  # there is one of each
    return kept


def _last_written(text: str) -> str:
    if "\r" not in text:
        return text
    # A return at the end of a line has overwritten nothing yet.
    return "\n".join(line[line.rfind("\r", 0, -1) + 1 :] for line in text.split("\n"))


def _names(*outputs: Any) -> list[str | None]:
    return [output.get("name") for output in outputs]
