"""Studies: every trial once, nothing lost, whatever ends a worker; and one clear line when a storage is not what it should be."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import archdsl
from archdsl.errors import ArchError, SearchError, UsageError
from archdsl.searching.ledger import Ledger
from archdsl.searching.storage import open_storage, public, storage_url
from archdsl.searching.study import Study, plan_search, read_study, search
from archdsl.searching.worker import Worker
from archdsl.searching.workers import start_workers

SPACE = """
archdsl: 1
name: little
input: [1, 8, 8]
vars: {width: {int: [1, 200]}, classes: 10}
net:
  - choice: [[{conv: {out_channels: $width, kernel_size: 3}}], [{skip: [{conv: 1}]}, {conv: $width}]]
  - relu
  - global_avg_pool
  - linear: $classes
"""


def searched(folder: Path, trials: int = 12, **given: Any) -> Study:
    return search(SPACE, trials, storage=folder / "s.db", **{"evaluate": "cost", "name": "s", **given})


def test_every_network_is_evaluated_once(tmp_path: Path) -> None:
    found = searched(tmp_path, 40)
    assert [each.state for each in found.trials] == ["complete"] * 40
    assert len({each.fingerprint for each in found.trials}) == 40
    assert found.best.costs["params"] == min(each.costs["params"] for each in found.trials)


def test_trials_are_read_without_the_space(tmp_path: Path) -> None:
    import optuna

    searched(tmp_path, 5, max_params=2000)
    for each in optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path / 's.db'}").trials:
        kept = each.user_attrs
        arch = archdsl.load(kept["document"])
        assert not arch.document.has_holes
        assert archdsl.analyze(arch).params == kept["costs"]["params"] == each.value <= 2000
        assert {"fingerprint", "seed", "draws", "measures", "curve", "worker", "seconds"} <= set(kept)


def test_a_study_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = searched(tmp_path, 6)
    assert searched(tmp_path, 6).trials == first.trials
    second = searched(tmp_path, 15)
    assert second.trials[:6] == first.trials
    assert len(second.complete) == 15
    at_once = searched(tmp_path, 15, name="at once")
    assert [each.fingerprint for each in at_once.trials] == [each.fingerprint for each in second.trials]


@pytest.mark.parametrize("strategy", ["random", "evolution", "local", "tpe", "nsga2"])
def test_every_strategy_searches(tmp_path: Path, strategy: str) -> None:
    found = searched(tmp_path, 25, strategy=strategy, objectives=["params", "min:longest_path"])
    assert len(found.complete) == 25
    assert found.best in found.front


def test_failures_have_a_text_and_the_study_goes_on(tmp_path: Path) -> None:
    def moody(arch: Any) -> Any:
        width = arch.vars["width"]
        if width % 5 == 0:
            raise MemoryError
        if width % 5 == 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB\nmore")
        if width % 5 == 2:
            return float("nan")
        return "much" if width % 5 == 3 else width

    found = searched(tmp_path, 40, evaluate=moody, strategy="random")
    assert len([each for each in found.trials if each.done]) == 40
    texts = {each.failure for each in found.trials if each.state == "failed"}
    expected = {"MemoryError", "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB", "`value` is nan"}
    assert texts == {*expected, "the function returned `'much'`, and not numbers"}
    assert all(each.measures["value"] % 5 == 4 for each in found.complete)


def test_a_study_without_results_says_why(tmp_path: Path) -> None:
    found = searched(tmp_path, 3, evaluate=lambda arch: float("inf"))
    with pytest.raises(SearchError, match="`value` is inf"):
        found.best  # noqa: B018


def test_what_a_killed_worker_had_is_taken_again(tmp_path: Path) -> None:
    planned = plan_search(SPACE, storage=tmp_path / "s.db", name="s", evaluate="cost", heartbeat=1)
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    doomed = Worker(ledger)
    with ledger.take(5) as number:
        assert number == 0
        doomed._choose(number)
    lost = ledger.trials()[0]
    start = time.monotonic()
    found = planned.run(5)
    assert time.monotonic() - start > 2
    assert found.trials[0].state == "killed"
    assert [each.fingerprint for each in found.complete].count(lost.fingerprint) == 1
    assert len(found.complete) == 5


def test_a_network_that_kills_its_workers_is_given_up(tmp_path: Path) -> None:
    planned = plan_search(SPACE, storage=tmp_path / "s.db", name="s", evaluate="cost")
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    for _ in range(3):
        with ledger.take(5) as number:
            assert number is not None
            Worker(ledger)._choose(number)
            ledger.release(number)
    assert len({each.fingerprint for each in ledger.trials()}) == 1
    found = planned.run(5)
    assert found.trials[0].fingerprint not in {each.fingerprint for each in found.complete}


def test_many_processes_share_a_file_and_one_is_killed(tmp_path: Path) -> None:
    planned = plan_search("nasbench201", storage=tmp_path / "s.db", name="s", evaluate="cost", heartbeat=1)
    ledger = Ledger.create(planned.storage, planned.name, planned.settings)
    processes = start_workers(3, {"storage": planned.storage, "name": "s", "trials": 40})
    while sum(each.done for each in ledger.trials()) < 10:
        assert any(each.running for each in processes)
        time.sleep(0.1)
    os.kill(processes[0].pid, signal.SIGKILL)
    for process in processes[1:]:
        assert process.end(120) == (0, "")
    trials = ledger.trials()
    done = [each for each in trials if each.state == "complete"]
    assert len(done) == len({each.fingerprint for each in done}) == 40
    assert {each.state for each in trials} <= {"complete", "killed"}
    assert len({each.worker for each in done}) > 1
    assert processes[0].end()[0] == -signal.SIGKILL


def test_many_processes_make_the_storage_at_once(tmp_path: Path) -> None:
    script = "import sys; from archdsl.searching.storage import open_storage; open_storage(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "s.db")], stderr=subprocess.PIPE) for _ in range(4)]
    for each in started:
        assert each.wait(60) == 0, each.communicate()[1]
        each.communicate()


def test_the_search_with_workers_says_what_ended_them(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="all 2 workers have ended before 9 trials were done") as error:
        searched(tmp_path, 9, workers=2, evaluate="table", table=str(tmp_path / "none.csv"))
    assert "cannot read the table" in str(error.value)


# --- what is wrong about a storage --------------------------------------------------------------------------------------------------------


def test_another_space_or_other_settings_are_refused(tmp_path: Path) -> None:
    searched(tmp_path, 2)
    with pytest.raises(SearchError, match="another space"):
        search(SPACE.replace("200", "300"), 3, storage=tmp_path / "s.db", evaluate="cost", name="s")
    with pytest.raises(SearchError, match="another budget; `seed` 0, not 1"):
        searched(tmp_path, 3, seed=1, max_params=9999)
    assert len(read_study(tmp_path / "s.db", "s").complete) == 2


def test_studies_of_others_and_of_later_versions_are_refused(tmp_path: Path) -> None:
    import optuna

    url = f"sqlite:///{tmp_path / 's.db'}"
    optuna.create_study(study_name="s", storage=url).add_trial(optuna.create_trial(value=1.0))
    with pytest.raises(SearchError, match="was not made by archdsl"):
        searched(tmp_path)
    searched(tmp_path, 2, name="t")
    study = optuna.load_study(study_name="t", storage=url)
    study.set_user_attr("archdsl", {**study.user_attrs["archdsl"], "archdsl": 99})
    with pytest.raises(SearchError, match="written by version 99"):
        searched(tmp_path, name="t")
    with pytest.raises(SearchError, match="there are: `s`, `t`"):
        read_study(tmp_path / "s.db", "u")


def bad_storages(folder: Path) -> list[tuple[str, str]]:
    (folder / "text.db").write_text("no database, but long enough to be taken for one " * 50)
    return [
        (f"{folder}/text.db", "not a database"),
        (f"{folder}/none/s.db", "unable to open"),
        (str(folder), "is a folder"),
        ("postgresql://me:secret@127.0.0.1:1/none", "refused"),
        ("nonsense://x", "nonsense"),
    ]


@pytest.mark.parametrize("case", range(5))
def test_a_storage_that_cannot_be_opened_has_one_line(tmp_path: Path, case: int) -> None:
    if case == 3:
        pytest.importorskip("psycopg")
    storage, reason = bad_storages(tmp_path)[case]
    with pytest.raises(ArchError, match=reason) as error:
        open_storage(storage)
    assert error.value.diagnostics[0].code == "E971"
    assert "secret" not in str(error.value)
    assert "\n" not in error.value.diagnostics[0].message


def test_a_locked_file_has_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archdsl.searching.storage.BUSY", 0.2)
    monkeypatch.setattr("archdsl.searching.ledger.OPENING", 0.5)
    searched(tmp_path, 1)
    with sqlite3.connect(tmp_path / "s.db", isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SearchError, match="locked"):
            searched(tmp_path, 2)
        connection.execute("ROLLBACK")
    assert len(searched(tmp_path, 2).complete) == 2


def test_what_is_locked_is_read_all_the_same(tmp_path: Path) -> None:
    searched(tmp_path, 2)
    with sqlite3.connect(tmp_path / "s.db", isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert len(read_study(tmp_path / "s.db", "s").complete) == 2
        connection.execute("ROLLBACK")


def test_a_reader_says_that_it_waits_and_soon_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("archdsl.searching.storage.BRIEF", 0.5)
    monkeypatch.setattr("archdsl.searching.storage.SOON", 0.1)
    searched(tmp_path, 1)
    with sqlite3.connect(tmp_path / "s.db", isolation_level=None) as connection:
        connection.execute(f"VACUUM INTO '{tmp_path}/copy.db'")  # whose writers keep readers out
    with sqlite3.connect(tmp_path / "copy.db", isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        caplog.clear()
        started = time.monotonic()
        with pytest.raises(SearchError, match="database is locked") as error:
            read_study(tmp_path / "copy.db", "s")
        connection.execute("ROLLBACK")
    assert time.monotonic() - started < 20
    assert caplog.messages == ["waiting for the storage, which is locked or slow ..."]
    assert error.value.diagnostics[0].help == "another process writes to it: wait until that has ended"


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE birds (name)")
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(SearchError, match="holds no studies"):
        read_study(tmp_path / "other.db", "s")
    assert (tmp_path / "other.db").read_bytes() == before


def test_another_kind_of_file_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(SearchError, match="is not a database") as error:
        open_storage(tmp_path / "notes.txt")
    assert error.value.diagnostics[0].help == "it is another kind of file: name one that a search made, or one that is not there yet"
    with pytest.raises(SearchError, match="is a folder"):
        open_storage(tmp_path)


def test_urls_and_paths() -> None:
    assert storage_url(Path("a/b.db")) == "sqlite:///a/b.db"
    assert storage_url("postgres://h/d") == storage_url("postgresql://h/d") == "postgresql+psycopg://h/d"
    assert public("postgresql://u:p@h/d") == "postgresql://u:***@h/d"


# --- what is wrong about a search ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"strategy": "evolutoin"}, "did you mean `evolution`"),
        ({"evaluate": "synflo"}, "did you mean `synflow`"),
        ({"objectives": ["eror"]}, "did you mean `error`"),
        ({"objectives": ["log2_paths"]}, "write `min:log2_paths` or `max:log2_paths`"),
        ({"objectives": ["more:params"]}, "`min:params` or `max:params`"),
        ({"prune": "halvng"}, "did you mean `halving`"),
        ({"principles": ("shorter-path",)}, "did you mean `shorter-paths`"),
        ({"evaluate": len, "workers": 2}, "cannot be given to other processes"),
    ],
)
def test_wrong_options(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        searched(tmp_path, 2, **given)


def test_an_impossible_budget_says_what_stands_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="gave 0 of 1 networks in") as error:
        searched(tmp_path, 2, max_params=3)
    assert "the budget is 3" in str(error.value)


def test_a_space_that_is_used_up_says_so(tmp_path: Path) -> None:
    small = SPACE.replace("[1, 200]", "[1, 3]")
    with pytest.raises(SearchError, match="no more networks to try"):
        search(small, 50, storage=tmp_path / "s.db", evaluate="cost", name="s")
    assert len({each.fingerprint for each in read_study(tmp_path / "s.db", "s").complete}) == 6


# --- evaluations --------------------------------------------------------------------------------------------------------------------------


def test_networks_are_fitted_to_the_data_and_trained(tmp_path: Path) -> None:
    planned = plan_search(SPACE.replace("[1, 8, 8]", "[3, 32, 32]"), storage=tmp_path / "s.db", epochs=2, objectives=["error", "latency"])
    assert planned.fitted == {"input": [1, 8, 8]}
    assert plan_search(SPACE, storage=tmp_path / "s.db").settings.epochs == 4  # a quarter of the recipe's
    found = planned.run(3)
    assert [len(each.curve) for each in found.trials] == [2, 2, 2]
    for each in found.complete:
        assert each.measures["error"] == pytest.approx(1 - each.measures["accuracy"])
        assert each.measures["latency"] > 0
    assert planned.run(3).trials == found.trials


def test_bad_trainings_are_stopped_early(tmp_path: Path) -> None:
    found = search(SPACE, 8, storage=tmp_path / "s.db", epochs=3, prune="halving", seed=1, strategy="random")
    pruned = [each for each in found.trials if each.state == "pruned"]
    assert pruned
    assert all(len(each.curve) < 3 for each in pruned)
    assert all(len(each.curve) == 3 for each in found.complete)


def test_the_images_that_are_held_out_come_from_the_training_images() -> None:
    from archdsl.searching.evaluation.training import hold_out
    from archdsl.training.datasets import load_data

    digits = load_data("digits")
    held = hold_out(digits)
    assert len(held.y_train) + len(held.y_test) == len(digits.y_train)
    assert 0.19 < len(held.y_test) / len(digits.y_train) < 0.21
    assert sorted(held.x_train.sum((1, 2, 3)).tolist() + held.x_test.sum((1, 2, 3)).tolist()) == sorted(digits.x_train.sum((1, 2, 3)).tolist())


def test_a_table_of_known_results(tmp_path: Path) -> None:
    known = searched(tmp_path, 10)
    rows = [f"{each.fingerprint},{each.number / 10},text" for each in known.trials[:9]]
    (tmp_path / "t.csv").write_text("\n".join(["fingerprint,error,note", *rows]))
    found = searched(tmp_path, 10, name="t", evaluate="table", table=str(tmp_path / "t.csv"))
    assert {each.fingerprint for each in found.complete} <= {each.fingerprint for each in known.trials[:9]}
    assert {each.failure for each in found.trials if each.state == "failed"} <= {"the table does not have it"}
    (tmp_path / "t.csv").write_text("error\n1\n")
    with pytest.raises(UsageError, match="no column `fingerprint`"):
        searched(tmp_path, 10, name="u", evaluate="table", table=str(tmp_path / "t.csv"))


def test_a_job_is_plain_data(tmp_path: Path) -> None:
    planned = plan_search(SPACE, storage=tmp_path / "s.db", evaluate="cost", set={"width": 7}, objectives=["macs"])
    assert json.loads(json.dumps(planned.settings.as_dict()))["set"] == {"width": 7}
