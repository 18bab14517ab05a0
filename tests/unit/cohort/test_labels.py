"""Labels come from the catalogue, in the language that is asked for."""

from enclave.cohort.labels import labels_of
from enclave.cohort.question import CodeList, EventCriterion, Question, Within
from enclave.cohort.rendering import describe


QUESTION = Question(
    index=EventCriterion(codes=CodeList.of("SKS", "DE11*", "DE99")),
    criteria=(
        Within(
            criterion=EventCriterion(codes=CodeList.of(None, "sbp"), table="vital"),
            from_days=0,
            to_days=30,
        ),
    ),
    variables=("lab.value",),
)


def test_labels_in_danish(catalogue):
    labels = labels_of(QUESTION, catalogue, "da")

    assert labels["SKS:DE11"] == "Type 2-diabetes"
    assert labels["vital:sbp"] == "Systolisk blodtryk"
    assert labels["vital"] == "Målinger"
    assert labels["lab.value"] == "Resultat"
    assert "SKS:DE99" not in labels


def test_labels_in_a_description(catalogue):
    text = describe(QUESTION, "en", labels_of(QUESTION, catalogue, "en"))

    assert "SKS code DE99 or any SKS code beginning with DE11 (Type 2 diabetes)" in text
    assert "code sbp (Systolic pressure) in the table vital (Vital signs)" in text
    assert text.endswith("Variables asked for: lab.value (Result).")


def test_code_lists_are_not_read_for_a_question_without_codes(catalogue):
    assert "lab" in labels_of(Question(), catalogue, "en")
