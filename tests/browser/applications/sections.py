"""What a project is proposed with, and what its data request then begins with."""

from datetime import timedelta

from enclave.projects import demo_forms
from tests.builders import installation
from tests.builders.projects import TODAY


WHY = "Needed for the model of the analysis plan."
SECTIONS = {
    **demo_forms._SECTIONS,
    "variables_wanted": "\n".join(f"{one}: {WHY}" for one in installation.VARIABLES),
    "title": "Infektion efter første diagnose",
    "short_name": "infektion",
    "end_date": (TODAY + timedelta(days=700)).isoformat(),
    "enclave_use.gigabytes": "20",
    "enclave_use.outputs_per_month": "2",
}
WHYS = sorted(SECTIONS["variables_wanted"].splitlines())
