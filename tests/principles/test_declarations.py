"""Principles as data: what they say, and what is wrong with them."""

from __future__ import annotations

import pytest

from archdsl.errors import ArchError, SourceError, UsageError
from archdsl.principles.declarations import Comparison, known_metrics, load_principles, shipped_principles
from archdsl.principles.facts import Measured

START = "principles: 1\nrules:\n"

WRONG = {
    "misspelt metric": (
        START + "  deep: {sentence: Be deep., metric: longest_pth, met: {at_least: 50}}\n",
        """error[E103]: `metric` must be the name of a metric, got `longest_pth`
 --> <text>:3:38
  |
3 |   deep: {sentence: Be deep., metric: longest_pth, met: {at_least: 50}}
  |                                      ^^^^^^^^^^^
  = help: did you mean `longest_path`?""",
    ),
    "misspelt field": (
        START + "  deep: {sentnce: Be deep.}\n",
        """error[E101]: `deep` has no field `sentnce`
 --> <text>:3:10
  |
3 |   deep: {sentnce: Be deep.}
  |          ^^^^^^^
  = help: did you mean `sentence`?""",
    ),
    "misspelt comparison": (
        START + "  deep: {sentence: Be deep., metric: longest_path, met: {atleast: 50}}\n",
        """error[E101]: `met` has no field `atleast`
 --> <text>:3:58
  |
3 |   deep: {sentence: Be deep., metric: longest_path, met: {atleast: 50}}
  |                                                          ^^^^^^^
  = help: did you mean `at_least`?""",
    ),
    "two comparisons": (
        START + "  deep: {sentence: Be deep., metric: longest_path, met: {at_least: 50, at_most: 60}}\n",
        """error[E102]: `met` takes exactly one of `at_least`, `at_most`, `more_than`, `less_than`, `equals`
 --> <text>:3:52
  |
3 |   deep: {sentence: Be deep., metric: longest_path, met: {at_least: 50, at_most: 60}}
  |                                                    ^^^""",
    ),
    "a bound that is no metric": (
        START + "  deep: {sentence: Be deep., metric: longest_path, met: {more_than: 2 * mean_path}}\n",
        """error[E103]: `more_than` must be the name of a metric, got `2 * mean_path`
 --> <text>:3:69
  |
3 |   deep: {sentence: Be deep., metric: longest_path, met: {more_than: 2 * mean_path}}
  |                                                                     ^^^^^^^^^^^^^
  = help: did you mean `mean_path`?""",
    ),
    "a bound that is no number": (
        START + "  deep: {sentence: Be deep., metric: longest_path, met: {at_least: true}}\n",
        """error[E103]: `at_least` must be a number or the name of a metric, got `true`
 --> <text>:3:68
  |
3 |   deep: {sentence: Be deep., metric: longest_path, met: {at_least: true}}
  |                                                                    ^^^^""",
    ),
    "a metric without a comparison": (
        START + "  deep: {sentence: Be deep., metric: longest_path}\n",
        """error[E102]: `deep` needs `met`, too: a metric and what counts as met go together
 --> <text>:3:3
  |
3 |   deep: {sentence: Be deep., metric: longest_path}
  |   ^^^^""",
    ),
    "an unknown severity": (
        START + "  deep: {sentence: Be deep., severity: warn}\n",
        """error[E103]: `severity` must be `advice`, `warning` or `error`, got `warn`
 --> <text>:3:40
  |
3 |   deep: {sentence: Be deep., severity: warn}
  |                                        ^^^^
  = help: did you mean `warning`?""",
    ),
    "no rules": (
        "principles: 1\nrules: {}\n",
        """error[E103]: `rules` must be a mapping with one principle at least, got none
 --> <text>:2:8
  |
2 | rules: {}
  |        ^^""",
    ),
    "an id of several words": (
        START + "  be deep: {sentence: Be deep.}\n",
        """error[E103]: `rules` must be a mapping of names in letters, digits and hyphens, got `be deep`
 --> <text>:2:1
  |
2 | rules:
  | ^^^^^""",
    ),
    "several at once, in order": (
        START + "  a: {sentence: 1}\n  b: {sentence: B., met: {at_least: 1}}\n  c: {}\n",
        """error[E103]: `sentence` must be a text, got `1`
 --> <text>:3:17
  |
3 |   a: {sentence: 1}
  |                 ^
  = help: put it in quotes

error[E102]: `b` needs `metric`, too: a metric and what counts as met go together
 --> <text>:4:3
  |
4 |   b: {sentence: B., met: {at_least: 1}}
  |   ^

error[E102]: `c` needs `sentence`
 --> <text>:5:3
  |
5 |   c: {}
  |   ^""",
    ),
    "a list": (
        "- principles\n- rules\n",
        "error[E103]: a set of principles is a mapping; `<text>` is none\n  = help: a set of principles starts with `principles: 1`",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_declarations(case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(ArchError) as caught:
        load_principles(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", shipped_principles())
def test_shipped_sets(name: str) -> None:
    found = load_principles(name)
    assert found.about
    assert found.cite
    for rule in found.rules.values():
        assert rule.sentence.endswith(".")
        assert bool(rule.mend) == (rule.metric is not None)
        assert rule.metric is not None or rule.note


def test_all_fourteen_patterns_are_named() -> None:
    assert [rule.source for rule in load_principles("smith_topin").rules.values()] == [f"pattern {number}" for number in range(1, 15)]


def test_sets_that_do_not_exist() -> None:
    with pytest.raises(UsageError, match="did you mean `recap`"):
        load_principles("recapp")
    with pytest.raises(SourceError, match="there is no file"):
        load_principles("mine.yaml")


@pytest.mark.parametrize(
    ("met", "holds", "words"),
    [
        ({"at_least": 2}, [False, True, True], "at least 2"),
        ({"at_most": 2}, [True, True, False], "at most 2"),
        ({"more_than": 2}, [False, False, True], "more than 2"),
        ({"less_than": 2.0}, [True, False, False], "less than 2"),
        ({"equals": 2}, [False, True, False], "equals 2"),
    ],
)
def test_comparisons(met: dict[str, float], holds: list[bool], words: str) -> None:
    comparison = Comparison.model_validate(met)
    assert [comparison.holds(value, comparison.chosen) for value in (1, 2, 3)] == holds
    assert str(comparison) == words


@pytest.mark.parametrize(
    ("metric", "met", "verdict"),
    [
        ("a", "{more_than: b}", "met"),
        ("a", "{less_than: b}", "not met"),
        ("a", "{less_than: none}", "not applicable"),
        ("none", "{less_than: 1}", "not applicable"),
        ("missing", "{less_than: 1}", "not applicable"),
        ("words", "{less_than: 1}", "not applicable"),
    ],
)
def test_verdicts(metric: str, met: str, verdict: str) -> None:
    names = {"a": "longest_path", "b": "mean_path", "none": "max_share", "missing": "shared_blocks", "words": "merge_ops"}
    for short, name in names.items():
        met = met.replace(f": {short}}}", f": {name}}}")
    rule = load_principles(f"{START}  rule: {{sentence: S., metric: {names[metric]}, met: {met}}}\n").rules["rule"]
    measured = {names["a"]: Measured(3), names["b"]: Measured(2.0), names["none"]: Measured(None), names["words"]: Measured("add")}
    assert rule.judge(measured) == verdict


def test_metrics_are_known_by_name() -> None:
    assert {"log2_paths", "shared_blocks", "augmentations"} <= set(known_metrics())
