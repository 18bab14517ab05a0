"""Validate a crate with the public validator, far from any network.

usage: PYTHON validate_crate.py FOLDER

PYTHON has roc-validator and rocrate. The validator fetches two JSON-LD contexts from
the web; here the one of RO-Crate comes out of the package rocrate and the small one of
Workflow Run is written down. Left out are two checks that do nothing but fetch them.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rocrate_validator.cli.main import cli
from rocrate_validator.utils import document_loader


PROFILE = "workflow-run-crate-0.5"
FETCHING = "ro-crate-1.1_3.1,ro-crate-1.1_3.2"

BIOSCHEMAS = "https://bioschemas.org/"
# rocrate has the context of a later version, in which these four have other addresses.
OF_VERSION_1_1 = {
    "ComputationalWorkflow": f"{BIOSCHEMAS}ComputationalWorkflow",
    "FormalParameter": f"{BIOSCHEMAS}FormalParameter",
    "input": f"{BIOSCHEMAS}ComputationalWorkflow#input",
    "output": f"{BIOSCHEMAS}ComputationalWorkflow#output",
}
OF_WORKFLOW_RUN = [
    *("ParameterConnection", "connection", "sourceParameter", "targetParameter"),
    *("sha1", "sha256", "sha512", "md5", "environment", "resourceUsage"),
    *("containerImage", "ContainerImage", "DockerImage", "SIFImage", "registry", "tag"),
]


def contexts() -> dict[str, dict[str, Any]]:
    (package,) = find_spec("rocrate").submodule_search_locations
    crate = json.loads(Path(package, "data", "ro-crate.jsonld").read_text())
    run = "https://w3id.org/ro/terms/workflow-run"
    return {
        "https://w3id.org/ro/crate/1.1/context": crate["@context"] | OF_VERSION_1_1,
        f"{run}/context": {term: f"{run}#{term}" for term in OF_WORKFLOW_RUN},
    }


if __name__ == "__main__":
    known = contexts()
    document_loader._fetch_json_ld = lambda address: {"@context": known[address]}
    options = ["--skip-availability-check", "-s", FETCHING, "-l", "required"]
    cli(["--no-interactive", "validate", "-p", PROFILE, *options, sys.argv[1]])
