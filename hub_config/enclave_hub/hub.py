"""JupyterHub as ``python -m enclave_hub.hub``: what it keeps ends all at once.

JupyterHub ends one service after the other, each with its patience; together they take
as long as the slowest.
"""

import asyncio

from jupyterhub.app import JupyterHub


class EnclaveHub(JupyterHub):  # type: ignore[misc]  # JupyterHub ships no types
    """Its configuration is that of ``c.JupyterHub``."""

    async def cleanup(self) -> None:
        """End the services, then what JupyterHub ends besides."""
        kept = [one for one in self._service_map.values() if one.managed]
        await asyncio.gather(*(one.stop() for one in kept), return_exceptions=True)
        await super().cleanup()


if __name__ == "__main__":
    EnclaveHub.launch_instance()
