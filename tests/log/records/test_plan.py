"""Planned trials and the records that answer them; what lines of a plan hold."""

import json

from tests.log.records import whole

from labbook.log.records.folder import lookup_of, write_record
from labbook.log.records.key import record_key
from labbook.log.records.plan import Lookup, Plan, namer, plan_text
from labbook.log.records.record import Record


def a_record(data_digest: str, start: str = "2026-11-22T10:00:00+00:00", **fields) -> Record:
    return Record(
        key=record_key("toy.train", {"width": 1}, data_digest),
        function="toy.train",
        experiment="toy",
        configuration={"width": 1},
        data_digest=data_digest,
        start=start,
        end=start,
        **{"outcome": "ok"} | fields,
    )


def entry(data_digest: str | None) -> dict:
    key = record_key("toy.train", {"width": 1}, data_digest)
    about = {"function": "toy.train", "configuration": {"width": 1}}
    return about | {"key": key, "data_digest": data_digest}


def test_trials_of_two_functions_never_have_the_same_name() -> None:
    entries = [
        {"key": "", "function": f"toy.{name}", "configuration": {"seed": s}, "data_digest": ""}
        for name, s in [("train", 0), ("train", 1), ("fit", 0), ("fit", 2)]
    ]
    names = ["toy.train(seed=0)", "seed=1", "toy.fit(seed=0)", "seed=2"]
    assert list(map(namer(entries), entries)) == names


def test_a_record_of_other_data_answers_where_it_may() -> None:
    lookup = Lookup([a_record("other")])
    assert lookup.answer(entry("mine")) is None
    assert lookup.answer(entry("mine"), any_data=True).data_digest == "other"


def test_a_record_of_any_data_answers_where_the_data_are_not_at_hand() -> None:
    assert Lookup([a_record("other")]).answer(entry(None)).data_digest == "other"


def test_of_several_records_the_newest_of_this_machine_answers() -> None:
    later, latest = "2026-11-23T10:00:00+00:00", "2026-11-24T10:00:00+00:00"
    published = a_record("c", latest, origin="published")
    lookup = Lookup([a_record("b", later), a_record("a"), published])
    assert lookup.of_any_data(entry(None)).data_digest == "b"


def test_a_record_that_did_not_end_well_answers_where_there_is_no_better_one() -> None:
    failed = a_record("mine", outcome="failed")
    assert Lookup([failed]).answer(entry("mine"), any_data=True) is failed
    assert Lookup([failed, a_record("b")]).answer(entry("mine"), any_data=True).ok


def test_a_line_of_a_published_plan_holds_no_outcome() -> None:
    plan = Plan([entry("a") | {"outcome": "ok", "result": "1" * 16}])
    assert json.loads(plan_text(plan)) == entry("a") | {"execute": True}


def test_records_of_an_experiment_whose_name_holds_a_dot_are_found(log) -> None:
    function = "v1.2.Network.train"
    trial = {"key": record_key(function, {"width": 1}, ""), "function": function}
    log.folder("v1.2").mkdir(parents=True)
    write_record(whole.a_record(1, **trial, experiment="v1.2"), log.folder("v1.2"))
    plan = Plan([entry("") | trial])
    [(_, _, record)] = lookup_of(plan.experiments, log.root).answers(plan)
    assert record.ok
