"""The forms: what an application must say, field by field.

Rules that need more than the form itself, such as the catalogue or today's date, are in
:mod:`enclave.projects.form_rules`.
"""

from enclave.projects.fields import Part, Window
from enclave.projects.forms.amendment import AmendmentForm
from enclave.projects.forms.biobank_request import BiobankRequestForm
from enclave.projects.forms.close_out import CloseOutForm
from enclave.projects.forms.cpr_extract import CprExtractForm
from enclave.projects.forms.data_request import (
    DataRequestForm,
    DatePolicy,
    Format,
    Generalisation,
    VariablePeriod,
)
from enclave.projects.forms.feasibility_request import FeasibilityRequestForm
from enclave.projects.forms.output_request import OutputRequestForm
from enclave.projects.forms.own_data import OwnDataForm
from enclave.projects.forms.proposal import (
    DepartmentConsent,
    EnclaveUse,
    GroupMember,
    ProposalForm,
)
from enclave.projects.forms.reading import Form, FormError, Problem, read
from enclave.projects.forms.rerun_request import RerunRequestForm


__all__ = [
    "AmendmentForm",
    "BiobankRequestForm",
    "CloseOutForm",
    "CprExtractForm",
    "DataRequestForm",
    "DatePolicy",
    "DepartmentConsent",
    "EnclaveUse",
    "FeasibilityRequestForm",
    "Form",
    "FormError",
    "Format",
    "Generalisation",
    "GroupMember",
    "OutputRequestForm",
    "OwnDataForm",
    "Part",
    "Problem",
    "ProposalForm",
    "RerunRequestForm",
    "VariablePeriod",
    "Window",
    "read",
]
