"""What a fork does once it is inside its sandbox: learn who it is, and serve."""

import json
import os
import random  # noqa: TID251 - not to draw from it: to have forks draw apart
import sys
import traceback


def serve(listener: int, log: int, identity: int) -> int:
    """Run the server of a workspace until its end; return the exit code.

    Parameters
    ----------
    listener
        The listening socket.
    log
        Where to print.
    identity
        Where the hub writes the server's environment, and nothing if it is gone.
    """
    os.open("/dev/null", os.O_RDWR)  # the lowest number that is free: standard input
    for number in (1, 2):
        os.dup2(log, number)
    os.close(log)
    with os.fdopen(identity) as told:
        document = told.read()
    if not document:
        return 0
    os.environ.clear()
    os.environ.update(json.loads(document), ENCLAVE_LISTENER=str(listener))
    sys.argv = ["workspace", "--ServerApp.sock=inherited"]
    random.seed()
    from enclave_hub.workspace.server import main  # noqa: PLC0415 - loaded already

    try:
        main()
    except SystemExit as ended:
        return (
            ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        )
    except BaseException:  # noqa: BLE001 - the last thing this process says
        traceback.print_exc()
        return 70  # EX_SOFTWARE
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
