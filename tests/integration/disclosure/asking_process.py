"""A process that asks questions until it is done or killed.

Usage: ``python -m tests.integration.disclosure.asking_process URL ACCOUNT CODE...``

It prints one line of JSON per answer, after it has the answer. Counting takes a moment,
so that two processes are likely to count the same question at once.
"""

import json
import sys
import time

from enclave.errors import PolicyRefusal
from enclave.store.database import Database
from tests.builders.disclosure import a_gate, asker, event, question, somebody


def _count(asked):
    time.sleep(0.01)
    return somebody(500, asked)


def main(url: str, account: str, *codes: str) -> None:
    database = Database(url)
    gate = a_gate(database)
    print("ready", flush=True)  # noqa: T201 - the parent waits for it
    sys.stdin.readline()
    for code in codes:
        try:
            answer = gate.ask(asker(account), question(event(code)), 1, _count)
        except PolicyRefusal:
            break
        line = {"id": answer.ledger_id, "value": answer.value}
        print(json.dumps(line), flush=True)  # noqa: T201 - what a person would see
    database.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
