"""What a cell printed is put together as nbclient does, but in time."""

import copy
import re

from hypothesis import given
from hypothesis import strategies as st

from enclave_kernels.streams import coalesced


PIECES = st.lists(
    st.one_of(
        st.builds(
            lambda name, text: {"output_type": "stream", "name": name, "text": text},
            st.sampled_from(["stdout", "stderr"]),
            st.text("ab \r\n\b", max_size=8),
        ),
        st.just({"output_type": "display_data", "data": {}}),
    ),
    max_size=6,
)


def by_nbclient(outputs: list) -> list:
    """Do what nbclient does; its code is part of a longer function."""
    kept, streams = [], {}
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
            continue
        kept.append(output)
        if output["output_type"] == "stream":
            streams[output["name"]] = output
    for output in streams.values():
        output["text"] = re.sub(r".*\r(?=[^\n])", "", output["text"])
    for place, output in enumerate(kept):
        following = kept[place + 1 : place + 2]
        names = [one.get("name") for one in (output, *following)]
        if names == ["stderr", "stdout"]:
            kept.insert(place, kept.pop(place + 1))
    return kept


@given(PIECES)
def test_it_is_what_nbclient_makes_of_it(pieces):
    assert coalesced(copy.deepcopy(pieces)) == by_nbclient(copy.deepcopy(pieces))


def test_a_line_of_a_megabyte_takes_no_time_to_speak_of():
    line = "x" * (1 << 20)
    pieces = [{"output_type": "stream", "name": "stdout", "text": f"0%\r{line}"}]
    assert coalesced(pieces)[0]["text"] == line
