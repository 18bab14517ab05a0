import json
import os
from pathlib import Path

import pytest

from enclave.archive.intake import read_file
from enclave.archive.notebook import parse, read
from enclave.errors import InputError


def _parse(document):
    return parse(json.dumps(document).encode(), name="a.ipynb")


def test_lines_are_joined(build):
    cell = build.code(["a\n", "b"], build.stream(["x\n", "y"]))

    (read_cell,) = _parse(build.document(cell)).cells

    assert read_cell.source == "a\nb"
    assert read_cell.outputs[0].text == "x\ny"


def test_the_source_is_what_is_executed(build):
    plain = build.notebook(build.code("a"), build.markdown("b"))
    executed = build.notebook(
        build.code("a", build.stream("x")), build.markdown("b"), title="t"
    )
    tagged = build.notebook(build.code("a", tags=("parameters",)), build.markdown("b"))
    swapped = build.notebook(build.markdown("b"), build.code("a"))

    assert plain.source_digest == executed.source_digest
    others = {tagged.source_digest, swapped.source_digest}
    assert plain.source_digest not in others


def test_the_kernel_is_what_the_metadata_name(build):
    named = build.notebook(kernelspec={"name": "python-2026.12"})

    assert named.kernel == "python-2026.12"
    assert build.notebook().kernel is None
    assert build.notebook(kernelspec="python").kernel is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"patient 0101901234",
        b"[]",
        b'{"nbformat": 3, "cells": []}',
        b'{"nbformat": 4}',
        b'{"nbformat": 4, "cells": [{"cell_type": "0101901234", "source": ""}]}',
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_notebook_is_refused_without_quoting_it(content: bytes):
    with pytest.raises(InputError, match=r"a\.ipynb is not a notebook") as refusal:
        parse(content, name="a.ipynb")

    assert "0101901234" not in str(refusal.value)


def test_a_link_is_refused(tmp_path: Path, build):
    (tmp_path / "real.ipynb").write_text(json.dumps(build.document()))
    (tmp_path / "link.ipynb").symlink_to("real.ipynb")

    assert read(tmp_path / "real.ipynb").cells == ()
    with pytest.raises(InputError, match="link"):
        read(tmp_path / "link.ipynb")


def test_folders_pipes_and_missing_files_are_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match="not a file"):
            read(path)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "missing.ipynb")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"x" * 2_000_001)

    with pytest.raises(InputError, match="larger than 2 MB"):
        read_file(tmp_path / "a", largest=2_000_000)
    assert len(read_file(tmp_path / "a", largest=2_000_001)) == 2_000_001
