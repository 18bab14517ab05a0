"""The forms: what an application must say, field by field.

Rules that need more than the form itself, such as the catalogue or today's date, are in
:mod:`enclave.projects.form_rules`.
"""

from enclave.projects.fields import Part, Window
from enclave.projects.forms.data_request import DataRequestForm, DatePolicy, Format
from enclave.projects.forms.feasibility_request import FeasibilityRequestForm
from enclave.projects.forms.proposal import (
    DepartmentConsent,
    GroupMember,
    ProposalForm,
)
from enclave.projects.forms.reading import Form, FormError, Problem, read


__all__ = [
    "DataRequestForm",
    "DatePolicy",
    "DepartmentConsent",
    "FeasibilityRequestForm",
    "Form",
    "FormError",
    "Format",
    "GroupMember",
    "Part",
    "Problem",
    "ProposalForm",
    "Window",
    "read",
]
