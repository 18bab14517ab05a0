"""A process that executes the notebook again and again, started by the benchmark.

``python -m rerunning.worker HOME KERNELS NOTEBOOK ANALYSIS NAME HOW``: one thing done
for each line that it reads.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

from rerunning.enclave_site import Site, wait_until_warm

from enclave.archive.warm_start import WarmStarts
from enclave.settings import Settings
from enclave.store.database import Database


def main() -> None:
    """Say "ready", then "done" after each."""
    home, kernels, notebook, analysis, name, how = sys.argv[1:]
    settings = Settings.at(Path(home), kernels=kernels)
    database = Database(settings.database_url)
    site = Site(settings, database, Path(notebook), analysis)
    with ExitStack() as open_things:
        warm = None
        if how.endswith("warm"):
            warm = open_things.enter_context(WarmStarts(settings))
            wait_until_warm(warm, site)
        _say("ready")
        for line in sys.stdin:
            if how.startswith("execute"):
                site.execute(warm)
            else:
                site.rerun(f"{name}-{line.strip()}", warm)
            _say("done")
    database.dispose()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
