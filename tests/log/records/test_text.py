"""Settings in a line of text: short, without line breaks, and no two with the same name."""

from labbook.log.records.text import first_line, names_in, settings_text, varying_names


def test_a_long_value_is_shortened_and_two_that_differ_in_the_middle_are_told_apart() -> None:
    grid = [{"text": "x" * 2500 + middle + "x" * 2500} for middle in "ab"]
    one, other = map(names_in(grid), grid)
    assert one.startswith("text=xxxx") and "5001 characters" in one
    assert len(one) < 120 and one != other


def test_a_value_with_line_breaks_stands_in_one_line() -> None:
    assert settings_text({"text": "a\nb\x1b[1m", "n": 1}) == r"text='a\nb\x1b[1m', n=1"
    assert settings_text({"texts": ["a\nb"]}) == r"texts=['a\nb']"


def test_other_values_are_shown_as_they_are() -> None:
    settings = {"rate": 3e-3, "how": "naïve – ok", "sizes": [1, 2], "none": None}
    assert settings_text(settings) == "rate=0.003, how=naïve – ok, sizes=[1, 2], none=None"


def test_values_that_read_alike_have_two_names() -> None:
    for one, other in ((1, "1"), (True, 1), (1, 1.0), ("a\nb", r"'a\nb'"), (None, "None")):
        grid = [{"x": one, "seed": 0}, {"x": other, "seed": 0}]
        assert len(set(map(names_in(grid), grid))) == 2


def test_a_setting_that_some_lack_tells_them_apart() -> None:
    assert list(map(names_in([{}, {"x": 1}]), [{}, {"x": 1}])) == ["the only trial", "x=1"]


def test_names_vary_whose_values_are_not_the_same_in_all_settings() -> None:
    settings = [{"width": 2, "seed": 0}, {"width": 2, "seed": 1}, {"width": 2, "seed": 1, "lr": 3}]
    assert varying_names(settings) == ["seed", "lr"]
    assert varying_names([{"x": 1}, {"x": True}]) == ["x"]


def test_an_error_is_told_by_its_first_line_and_one_that_says_nothing_by_its_type() -> None:
    assert first_line(ValueError("\nno table.\nline 3")) == "no table"
    assert first_line(IndexError()) == "IndexError"
