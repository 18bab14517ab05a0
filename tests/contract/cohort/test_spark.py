"""The same question finds the same persons in DuckDB and on a Spark cluster.

``make test-spark`` installs Spark and runs this; where Spark is not, it is skipped.
"""

import shutil

import pytest

from enclave.cohort import spark as on_spark
from enclave.cohort.evaluation import persons
from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.spark import add_views
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse


sql = pytest.importorskip("pyspark.sql")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)
pytestmark = [
    # Spark is asked for Arrow tables: pandas is imported and nothing more.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully:FutureWarning"),
    pytest.mark.timeout(900),
]
spark_cluster = pytest.importorskip("tests.builders.spark_cluster").spark_cluster


def event(system, *patterns, **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns), **fields)


def within(criterion, from_days, to_days):
    return Within(criterion=criterion, from_days=from_days, to_days=to_days)


INFECTION = event("SKS", "DJ*", "DA4*", "DN*")
NEUTROPHILS = event("NPU", "NPU02902")
HAEMOGLOBIN = event("NPU", "NPU02319")
QUESTIONS = {
    "everybody": Question(),
    "women of an age at a date": Question(
        population=Population(sex="female", age=AgeRange(minimum=40, at="2015-06-30")),
    ),
    "born in years, alive at a date": Question(
        population=Population(
            born=DateRange(start="1950-01-01", end="1980-02-29"), alive_at="2018-01-01"
        ),
    ),
    "an infection, antibiotics within thirty days": Question(
        population=Population(age=AgeRange(minimum=18, maximum=75, at="index")),
        index=INFECTION,
        criteria=(within(event("ATC", "J01*"), 0, 30),),
    ),
    "low neutrophils twice round an infection": Question(
        index=INFECTION,
        criteria=(
            within(
                NEUTROPHILS.model_copy(
                    update={
                        "value": Comparison(operator="<", threshold=3),
                        "at_least": 2,
                    }
                ),
                -365,
                365,
            ),
        ),
    ),
    "this or that, but not the other": Question(
        criteria=(
            AnyOf(criteria=(event("ATC", "J02*"), event("ATC", "L04*", "!L04AD02"))),
            AllOf(
                criteria=(
                    HAEMOGLOBIN.model_copy(
                        update={"value": Between(lower=6, upper=9.5)}
                    ),
                    Not(criterion=event("SKS", "DC*")),
                )
            ),
        ),
    ),
    "nobody": Question(index=event("SKS", "no-such-code")),
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hospital")
    synthesise(folder / "source", persons=2_000, seed=3)
    settings = Settings.at(folder / "home", runtime=str(folder / "run"))
    Warehouse(settings).load(str(folder / "source"), Mapping.load("synthetic"))
    return Warehouse(settings).snapshot()


@pytest.fixture(scope="module")
def spark(snapshot, tmp_path_factory):
    """A cluster of a master and two workers, with the snapshot's tables."""
    folder = tmp_path_factory.mktemp("spark")
    with spark_cluster(folder, workers=2) as master:
        session = (
            sql.SparkSession.builder.master(master)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.sql.shuffle.partitions", 4)
            .config("spark.ui.enabled", value=False)
            .getOrCreate()
        )
        assert session.sparkContext.master == master
        add_views(snapshot, session)
        yield session
        session.stop()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_spark_and_duckdb_find_the_same_persons(question, snapshot, spark):
    with snapshot.connect() as connection:
        expected = persons(question, connection)

    found = on_spark.persons(question, spark)

    assert found.to_pydict() == expected.to_pydict()


def test_the_questions_tell_people_apart(snapshot):
    """Equal answers would prove little if they were all empty."""
    with snapshot.connect() as connection:
        counted = [len(persons(q, connection)) for q in QUESTIONS.values()]
    assert len(set(counted)) == len(counted)
    assert sum(10 < count < 1_900 for count in counted) >= 5, counted
