"""The program of the warm parent of examiners: load what reads, then be forked.

``python -P -m enclave.archive.examination.forked``, started in a sandbox without data,
keys or network. A fork does what :mod:`enclave.archive.examination.program` does.
"""

import gc
import os
from pathlib import Path

from enclave.archive.examination.program import answer_into
from enclave.sandbox.forking import Born, serve
from enclave.sandbox.joining import leave_at_once, own_end


def main() -> None:
    """Load, serve, and in each fork read what one question is about."""
    client = own_end()
    gc.collect()
    gc.freeze()
    born = serve(client)
    if born is not None:
        _answer(born)


def _answer(born: Born) -> None:
    output, target = born.handed
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    answer_into(Path(born.told["folder"]), target)
    # All is written. To take apart what forks share would copy it first.
    leave_at_once(0)


if __name__ == "__main__":
    main()
