"""What a Jupyter server does with a kernel, run inside a server's sandbox by the tests.

Prints what it saw as one line of JSON.
"""

import asyncio
import json
import stat
import subprocess
import sys
from pathlib import Path

from jupyter_client import AsyncKernelManager

from enclave.sandbox.released_kernels import DEFAULT


LOOK = """
import glob, json, os, socket
def attempt(path):
    try:
        return open(path, 'rb').read().decode(errors='replace')
    except OSError as error:
        return type(error).__name__
folder = os.path.dirname(glob.glob('/tmp/k-*/c.json')[0])
key = os.path.join(folder, 'c.json')
def forge():
    try:
        os.unlink(key)
    except OSError as error:
        return type(error).__name__
def overwrite():
    try:
        open(key, 'w').write('{}')
    except OSError as error:
        return type(error).__name__
print(json.dumps({
    'environment': dict(os.environ),
    'processes': sorted(int(p) for p in os.listdir('/proc') if p.isdigit()),
    'first': attempt('/proc/1/environ'),
    'folders': sorted(os.listdir('/')),
    'tmp': os.listdir('/tmp'),
    'server_file': attempt('/server/secret'),
    'data': attempt('/project/data/person.csv'),
    'cwd': os.getcwd(),
    'forge': forge(),
    'overwrite': overwrite(),
    'interfaces': [name for _, name in socket.if_nameindex()],
}))
"""


async def main() -> None:
    """Start, use, interrupt, restart and end a kernel."""
    manager = AsyncKernelManager(kernel_name=DEFAULT)
    manager.shutdown_wait_time = 5
    await manager.start_kernel(cwd="/project/work")
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    folder = Path(manager.connection_file).parent
    seen = {
        "transport": manager.transport,
        "socket_mode": stat.S_IMODE(folder.stat().st_mode) & 0o777,
        "inside": json.loads(await _output(client, LOOK)),
        **await _interrupt(manager, client),
        **await _restart(manager, client, now=False),
        **await _restart(manager, client, now=True),
        **await _die(manager, client),
    }
    await manager.shutdown_kernel()
    client.stop_channels()
    seen["alive_after_shutdown"] = await manager.is_alive()
    seen["left_folder"] = folder.exists()
    seen["left_processes"] = _processes("") - {"ps", Path(sys.executable).name}
    sys.stdout.write(json.dumps(seen, default=sorted) + "\n")


async def _interrupt(manager, client) -> dict[str, object]:
    sleeping = asyncio.ensure_future(_output(client, "import time; time.sleep(600)"))
    await asyncio.sleep(1)
    await manager.interrupt_kernel()
    interrupted = await asyncio.wait_for(sleeping, 30)
    after = await _output(client, "print(1)")
    return {"interrupted": interrupted, "after_interrupt": after}


async def _restart(manager, client, *, now: bool) -> dict[str, object]:
    child = "import subprocess; x = subprocess.Popen(['sleep', '600'])"
    await _output(client, child)
    await manager.restart_kernel(now=now)
    await client.wait_for_ready(timeout=60)
    known = await _output(client, "print('x' in dir())")
    return {f"restarted_{now}": known, f"sleepers_{now}": _processes("sleep")}


async def _die(manager, client) -> dict[str, object]:
    client.execute("import os; os._exit(3)")
    for _ in range(100):
        if not await manager.is_alive():
            break
        await asyncio.sleep(0.1)
    alive = await manager.is_alive()
    await manager.restart_kernel(now=True)
    await client.wait_for_ready(timeout=60)
    after = await _output(client, "print(2)")
    return {"alive_after_death": alive, "after_death": after}


async def _output(client, code: str) -> str:
    parts = []

    def collect(message) -> None:
        content = message["content"]
        parts.append(content.get("text") or content.get("ename") or "")

    await client.execute_interactive(code, output_hook=collect, timeout=60)
    return "".join(parts).strip()


def _processes(name: str) -> set[str]:
    """Return the names of the processes that are there, also of those not reaped."""
    listed = subprocess.run(
        ["/usr/bin/ps", "-eo", "comm="], capture_output=True, text=True, check=True
    )
    return {found for found in listed.stdout.split() if name in found}


if __name__ == "__main__":
    asyncio.run(main())
