import pytest

from enclave.archive.identifiers import new_id


def _free(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("author", "title", "expected"),
    [
        ("Rikke Holm", "Time to malignancy", "PAC2026Holm_time_to_malignancy"),
        ("Åse Kjær", "IgG under 4 g/l", "PAC2026Kjaer_igg_under_4_g_l"),
        ("José Núñez", "Blødning ved CLL", "PAC2026Nunez_bloedning_ved_cll"),
        ("Anne-Marie O'Neil", "x", "PAC2026Neil_x"),
        ("李", "李", "PAC2026Anonymous_analysis"),
        ("Rikke Holm", "../../etc/passwd", "PAC2026Holm_etc_passwd"),
        ("Rikke Holm", "w" * 90, f"PAC2026Holm_{'w' * 40}"),
        (
            "Rikke Holm",
            "A very long title of which only the first words can be kept",
            "PAC2026Holm_a_very_long_title_of_which_only_the",
        ),
    ],
)
def test_an_id_is_plain_and_says_who_and_what(author, title, expected):
    assert new_id(2026, author, title, is_taken=_free) == expected


def test_a_second_analysis_of_the_same_title_gets_a_number():
    taken = {"PAC2026Holm_survival", "PAC2026Holm_survival_2"}

    name = new_id(2026, "Rikke Holm", "Survival", is_taken=taken.__contains__)

    assert name == "PAC2026Holm_survival_3"
