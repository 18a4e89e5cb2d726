"""How a value reads in a table: numbers, units in headers, nothing where nothing is."""

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from statistics import median

MISSING = "–"
# What cannot be told as a number in JSON, and is one.
INFINITE = ("inf", "-inf")

# Suffixes of column names that are units, longest first where one ends another.
UNITS = {
    "_per_cpu_s": "per CPU s",
    "_per_s": "per s",
    "_bytes": "MiB",
    "_percent": "%",
    "_pixels": "px",
    "_voxels": "voxels",
    "_deg": "°",
    "_min": "min",
    "_px": "px",
    "_ms": "ms",
    "_us": "µs",
    "_mb": "MB",
    "_hz": "Hz",
    "_s": "s",
    "_h": "h",
    "_A": "Å",
}
# Columns whose unit is settled by what they are.
KNOWN_UNITS = {"throughput": "examples/s"}
# Abbreviations that a name spells small.
ABBREVIATIONS = {"cpu": "CPU", "gpu": "GPU", "gflop": "GFLOP"}
BYTES_PER_MIB = 1024 * 1024
# Where a column's figures end, in places behind its points; beyond them numbers have exponents.
PLACES = range(-12, 10)
# So many places behind those that a column shows, a number is what sums leave in place of zero.
ROUNDING_PLACES = 9


def label_and_unit(column: str, units: dict[str, str] | None = None) -> tuple[str, str]:
    """The header of a column in words, and its unit (``""`` where it has none).

    ``wall_time_s`` gives ``("wall time", "s")``. ``units`` names units that the suffix does not.
    """
    unit = (units or {}).get(column) or KNOWN_UNITS.get(column, "")
    name = column
    for suffix, meaning in UNITS.items():
        if column.endswith(suffix) and len(column) > len(suffix):
            name = column[: -len(suffix)]
            unit = unit or meaning
            break
    words = [ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join(words), unit


def in_unit(column: str, value: object) -> object:
    """A value in the unit that its header tells: bytes in MiB, all others as they are."""
    of_bytes = column.endswith("_bytes") and is_number(value)
    return value / BYTES_PER_MIB if of_bytes else value


def named(
    column: str, value: object, digits: int = 4, units: dict[str, str] | None = None
) -> tuple[str, str]:
    """What a setting is called, and its value with its unit: ``("radius", "4 Å")``."""
    label, unit = label_and_unit(column, units)
    text = show_value(in_unit(column, plain(value)), digits)
    return label, f"{text} {unit}" if unit and text != MISSING else text


def plain(value: object) -> object:
    """A cell as JSON: numbers, text, true/false, lists of them; None where nothing is."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else (None if math.isnan(value) else str(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def difference_percent(ours: object, reported: object) -> float | None:
    """How far a number is from a reported one; None where there is no such percentage."""
    both = all(is_number(value) and math.isfinite(value) for value in (ours, reported))
    if not both or not reported:
        return None
    return 100 * (ours - reported) / abs(reported)


def decimals(values: Iterable[object], digits: int = 4, trim: bool = False) -> int | None:
    """Decimal places that show ``digits`` figures of a column's typical value, and two of each.

    With ``trim`` no more than the values themselves have, as settings such as 0.003 do.

    None when the values span so much, or are so small or large, that no one number of places
    serves: each value is then written with its own ``digits`` significant figures.
    """
    sizes = [abs(value) for value in values if is_number(value) and math.isfinite(value) and value]
    if not sizes:
        return 0
    if max(sizes) / min(sizes) > 1e4:
        return None
    figures = ((median(sizes), digits), (min(sizes), min(digits, 2)))
    wanted = max(count - 1 - math.floor(math.log10(size)) for size, count in figures)
    if wanted not in PLACES:
        return None
    wanted = max(wanted, 0)
    written = max(-Decimal(repr(size)).normalize().as_tuple().exponent for size in sizes)
    return min(wanted, max(written, 0)) if trim else wanted


def show_number(value: float, places: int | None, digits: int = 4) -> str:
    """A number for reading: ``33,617``, ``0.01052``, ``2.3e-07``; a real minus sign.

    Arguments:
        places: decimal places, the same for a whole column; None for as many as it takes to show
            ``digits`` significant figures, without zeros at the end. A number that these places
            would make zero has one figure of its own, unless it is nothing but rounding.
    """
    if places is not None and not isinstance(value, int) and not round(value, places):
        if round(value, places + ROUNDING_PLACES):
            return show_number(value, None, 1)
        value = 0.0
    if isinstance(value, int):
        text = f"{value:,}"
    elif places is not None:
        text = f"{value:,.{places}f}"
    elif value and not 1e-4 <= abs(value) < 1e7:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        text = f"{_without_zeros(mantissa)}e{exponent}"
    else:
        after = 0 if not value else max(digits - 1 - math.floor(math.log10(abs(value))), 0)
        text = _without_zeros(f"{value:,.{after}f}")
    return text.replace("-", "−", 1) if text.startswith("-") else text


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_value(value: object, digits: int = 4) -> str:
    """Any value for reading; ``–`` where nothing is, or no number."""
    value = plain(value)
    if value is None or value == []:
        return MISSING
    if isinstance(value, str) and value in INFINITE:
        return value.replace("-", "−")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_number(value):
        return show_number(value, None, digits)
    if isinstance(value, list):
        return ", ".join(show_value(item, digits) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
