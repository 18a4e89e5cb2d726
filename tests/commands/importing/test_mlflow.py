"""Runs that MLflow kept, in its folder or in SQLite, become records."""

import pytest
from tests.commands.importing.written import ImportingLog, write

SCRIPT = """\
import mlflow

for store in ("mlruns", "sqlite:///mlflow.db"):
    mlflow.set_tracking_uri(store)
    mlflow.set_experiment("widths")
    with mlflow.start_run(run_name="good"):
        mlflow.log_params({"rate": 0.5, "name": "adam", "depth": 3, "norm": True, "code": "007"})
        for i in range(4):
            mlflow.log_metric("loss", 1 / (i + 1), step=10 * i)
    try:
        with mlflow.start_run(run_name="bad"):
            mlflow.log_metric("loss", 5)
            raise RuntimeError("as it happens")
    except RuntimeError:
        pass
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("widths").experiment_id
    client.create_run(experiment, run_name="running")
"""
STORES = ("mlruns", "mlflow.db")
VARIABLES = {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow") / "work"
    done = write(SCRIPT, folder, **VARIABLES)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def logs(folder):
    found = {}
    for store in STORES:
        log = found[store] = ImportingLog(folder / f"log_of_{store}")
        log.said = log.call("import", "mlflow", folder / store, "--into", "tiny").output
    return found


@pytest.fixture(params=STORES)
def log(request, logs):
    return logs[request.param]


def of(log, name):
    return next(r for run, r in log.by_run().items() if run.startswith(f"widths/{name} ("))


def test_runs_that_have_ended_are_records(log):
    assert "tiny: 2 imported from mlflow" in log.said
    assert len(log.records()) == 2


def test_curve_has_its_steps(log):
    history = of(log, "good").history
    assert history["loss"] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert history["loss_step"] == [0, 10, 20, 30]


def test_last_value_is_the_metric(log):
    assert of(log, "good").metrics == {"loss": 0.25}


def test_parameters_are_the_values_that_were_logged(log):
    configuration = {n: v for n, v in of(log, "good").configuration.items() if n != "run"}
    assert configuration == {
        "rate": 0.5,
        "name": "adam",
        "depth": 3,
        "norm": True,
        "code": "007",
    }


def test_run_that_failed_is_told_as_failed(log):
    record = of(log, "bad")
    assert (record.outcome, record.error["message"]) == ("failed", "its status is FAILED.")
    assert record.history["loss"] == [5]


def test_importing_leaves_the_store_as_it_is(log, folder):
    log.call("import", "mlflow", folder / "mlruns", "--into", "tiny")
    # The experiment of the script, and MLflow's own.
    assert len(list((folder / "mlruns").glob("*/meta.yaml"))) == 2


@pytest.mark.parametrize("make", ["folder", "file"])
def test_what_is_no_store_is_a_sentence_and_stays(logs, tmp_path, make):
    path = tmp_path / "it"
    path.mkdir() if make == "folder" else path.write_text("no database")
    before = [] if make == "folder" else "no database"
    done = logs["mlruns"].call("import", "mlflow", path)
    assert done.exit_code == 2
    assert done.output == (
        f"{path} is no store of MLflow; give a folder mlruns or a file mlflow.db.\n"
    )
    assert (list(path.iterdir()) if make == "folder" else path.read_text()) == before
