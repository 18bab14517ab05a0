"""JupyterHub reads this file; what it means stands in enclave_hub/configuration.py.

A site adds to it or changes it with files of its own below ENCLAVE_HOME/hub/config/.
"""

import os
from pathlib import Path

from enclave.settings import Settings
from enclave_hub.configuration import configure
from enclave_hub.spawner import NURSERY


settings = Settings.from_environment(os.environ)
configure(get_config(), settings)
NURSERY.open()  # so that it is ready when somebody comes
for extra in sorted(Path(settings.home, "hub", "config").glob("*.py")):
    load_subconfig(str(extra))
