"""What the portal asks of the machine."""

import subprocess
import sys


PROGRAM = """
import resource
from enclave_hub.portal_service import hold_many_files_open

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 3000))
hold_many_files_open()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_it_may_open_as_many_files_as_the_machine_allows():
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True
    )

    assert said.stdout == b"(3000, 3000)\n"
