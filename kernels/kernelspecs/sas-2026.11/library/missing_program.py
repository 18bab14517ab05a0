"""A kernel that says which program is missing, and nothing else."""

from typing import Any

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class MissingProgram(Kernel):
    """Answer every cell with one sentence: an error, so that no run counts as done."""

    implementation = "enclave"
    implementation_version = "1"
    message = ""

    @property
    def banner(self) -> str:
        """What a console shows first."""
        return self.message

    async def do_execute(self, code: str, silent: bool, *_: Any, **__: Any) -> dict[str, Any]:
        """Say what is missing."""
        error = {"ename": "NotInstalled", "evalue": self.message, "traceback": [self.message]}
        if not silent:
            self.send_response(self.iopub_socket, "error", error)
        return {"status": "error", "execution_count": self.execution_count, **error}


def say(message: str, language: str) -> None:
    """Run a kernel that says so until it is ended."""
    MissingProgram.message = message
    MissingProgram.language_info = {
        "name": language, "mimetype": "text/plain", "file_extension": ".txt",
    }
    IPKernelApp.launch_instance(kernel_class=MissingProgram)
