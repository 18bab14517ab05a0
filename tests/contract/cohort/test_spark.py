"""The same question, and the same grant, in DuckDB and on a Spark cluster.

``make test-spark`` installs Spark and runs this; where Spark is not, it is skipped.
"""

import os
import shutil
import subprocess
import sys
from functools import partial

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
from enclave.delivery.building import build
from enclave.delivery.deliver import deliver
from enclave.delivery.engine import on_this_machine
from enclave.delivery.folders import folder_of
from enclave.delivery.manifest import verify_folder
from enclave.delivery.order import Order
from enclave.delivery.spark import on_cluster
from enclave.identity.opt_outs import OptOuts
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.spark import add_views
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation
from tests.builders.delivery import KEY, a_grant


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


VARIABLES = (
    *("person.sex", "person.birth_date", "person.municipality"),
    *("contact.date", "contact.code", "contact.department"),
    *("diagnosis.date", "diagnosis.code", "diagnosis.disproved"),
    *("lab.date", "lab.answered", "lab.code", "lab.value", "lab.unit"),
    *("specimen.date", "specimen.volume", "specimen.thaws"),
)
GRANTS = {
    "real dates, no index": {"question": QUESTIONS["everybody"]},
    "moved dates": {"date_policy": DatePolicy.SHIFT},
    "to the month, coarser": {
        "date_policy": DatePolicy.MONTH,
        "generalise": {"person.birth_date": "age_band", "diagnosis.code": "rare"},
    },
    "to the year, nobody": {
        "date_policy": DatePolicy.YEAR,
        "question": QUESTIONS["nobody"],
    },
}


@pytest.mark.parametrize("changes", GRANTS.values(), ids=GRANTS)
def test_a_grant_is_extracted_to_the_same_bytes(changes, snapshot, spark, tmp_path):
    asked = QUESTIONS["an infection, antibiotics within thirty days"]
    grant = a_grant(**{"question": asked, "variables": VARIABLES, **changes})
    settings = Settings.at(tmp_path / "home", runtime=str(tmp_path / "run"))
    pseudonyms = Pseudonyms(KEY, "project-3-epoch-1")
    opt_outs, signer = OptOuts.of(settings), Signer.load(settings)
    order = Order(grant, 1, snapshot, pseudonyms, None, None, opt_outs)

    made = []
    for name, engine in (
        ("duckdb", on_this_machine),
        ("spark", partial(on_cluster, spark)),
    ):
        folder = tmp_path / "versions" / name
        folder.mkdir(parents=True)
        made.append(build(order, folder, signer, engine))

    here, beyond = made
    assert {table.name: table.sha256 for table in beyond.tables} == {
        table.name: table.sha256 for table in here.tables
    }
    assert beyond.digest == here.digest
    assert here.rows > 10_000 or not here.persons


def test_the_command_delivers_from_spark_what_this_machine_makes_again(
    settings, database
):
    installation.set_up_for_long(settings, database)
    grant = installation.issued(settings, database).id
    command = ["deliver", grant, "--as", "mads", "--spark", "local[2]"]
    done = subprocess.run(
        [sys.executable, "-m", "enclave", *command],
        env={
            **os.environ,
            "ENCLAVE_HOME": str(settings.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder = folder_of(settings, "demo", 1)
    first = verify_folder(folder)
    shutil.rmtree(folder)

    again = deliver(settings, database, grant)

    assert again.manifest == first
    assert first.rows > 0
