import pytest

from enclave.archive.parameters import check, declared
from enclave.errors import InputError


@pytest.fixture
def notebook(build):
    source = "n = 5  # how many\nage: int = 40\na = b = 'x'\nprint(n)\nx.y = 1"
    return build.notebook(build.code(source, tags=("parameters",)), build.code("z = 1"))


def test_what_the_tagged_cell_assigns_is_declared(notebook, build):
    assert declared(notebook) == {"n", "age", "a", "b"}
    assert declared(build.notebook(build.code("n = 5"))) == frozenset()


def test_plain_values_of_declared_parameters_pass(notebook):
    check({"n": 7, "age": None, "a": ["x", 0.5], "b": {"k": True}}, notebook)


@pytest.mark.parametrize(
    "name", ["a=1;__import__('os').system('id');b", "", "if", "ø b"]
)
def test_a_name_that_would_be_code_is_refused(name: str, notebook):
    with pytest.raises(InputError, match="cannot be the name"):
        check({name: 1}, notebook)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"x"])
def test_a_value_that_is_no_document_is_refused(value, notebook):
    with pytest.raises(InputError, match="value of parameter 'n'"):
        check({"n": value}, notebook)


def test_an_unknown_parameter_is_refused_with_those_there_are(notebook, build):
    with pytest.raises(InputError, match=r"no parameter 'm'.*a, age, b, n"):
        check({"m": 1}, notebook)
    with pytest.raises(InputError, match="declares: none"):
        check({"m": 1}, build.notebook())


def test_a_cell_that_is_no_python_is_refused(build):
    broken = build.notebook(build.code("n <- 5 +", tags=("parameters",)))

    with pytest.raises(InputError, match="not Python"):
        check({"n": 1}, broken)
