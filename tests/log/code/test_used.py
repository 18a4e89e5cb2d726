"""The code of a trial changes when what it computes can change, and only then."""

import gc
import shutil
import textwrap
import weakref
from pathlib import Path

import pytest

from labbook.log.code.library import Library
from labbook.log.code.source import parsed
from labbook.log.code.used import code_of_notebook, code_of_trial
from labbook.log.freshness.changes import changes

TOY_LOG = Path(__file__).parents[1] / "toy_log"


@pytest.fixture
def log(tmp_path):
    """A log with a small library and one notebook."""
    return Path(shutil.copytree(TOY_LOG, tmp_path / "log"))


def edit(log, name, old, new):
    path = log / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def write(log, name, text):
    path = log / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))


def code(log, function="train"):
    return code_of_trial(log / "notebooks/toy.py", function, log).digests


def changed(log, name, old, new):
    """What is told after an edit."""
    before = code(log)
    edit(log, name, old, new)
    return changes(before, code(log))


def test_code_names_each_definition_reached(log):
    assert sorted(code(log)) == [
        "labbook.models.parts.width",
        "labbook.models.toy.Toy",
        "labbook.training.units.ONE",
        "notebook.Loss",
        "notebook.scale",
        "notebook.train",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lib/labbook/models/toy.py", '"""A toy."""', '"""Another docstring."""'),
        ("lib/labbook/models/toy.py", '"""A toy network."""', ""),
        ("lib/labbook/models/toy.py", "# a comment", "# another"),
        ("lib/labbook/models/toy.py", "class Toy", "def beside():\n    return 1\n\n\nclass Toy"),
        ("lib/labbook/models/toy.py", "from . import parts", "from labbook.models import parts"),
        ("lib/labbook/models/parts.py", '"""A width."""\n', '"""A width.\n\n    Long."""\n\n\n'),
        ("lib/labbook/models/parts.py", "def width():", "def width() -> int:"),
        ("lib/labbook/models/unrelated.py", "3", "4"),
        ("lib/labbook/training/units.py", "ONE = 1", "ONE: int = 1\nTWO = 2"),
        ("lib/labbook/log/layout.py", "unrelated", "toy"),
        ("notebooks/toy.py", '"""Train a toy."""', '"""Train."""'),
        ("notebooks/toy.py", "# # A toy", "# # A better toy"),
        ("notebooks/toy.py", "return layout", "return 1"),
        ("notebooks/toy.py", "seed: int = 0", "seed: int = 1"),
        ("notebooks/toy.py", "import math\n", "import math\nimport os\n"),
        ("notebooks/toy.py", "Toy.width", "models.Toy.width"),
        ("notebooks/toy.py", "def scale(x)", "def scale(x: float) -> float"),
    ],
)
def test_edit_that_computes_the_same_changes_nothing(log, name, old, new):
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom labbook import models")
    assert changed(log, name, old, new) == []


def test_alias_of_an_import_changes_nothing(log):
    before = code(log)
    edit(log, "notebooks/toy.py", "import math", "from math import sqrt as root")
    edit(log, "notebooks/toy.py", "math.sqrt", "root")
    assert changes(before, code(log)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "phrase"),
    [
        ("lib/labbook/models/toy.py", "width = parts", "height = parts",
         "labbook.models.toy.Toy changed"),
        ("lib/labbook/models/toy.py", "class Toy:", "@str\nclass Toy:",
         "labbook.models.toy.Toy changed"),
        ("lib/labbook/models/parts.py", "* 8", "* 9", "labbook.models.parts.width changed"),
        ("lib/labbook/training/units.py", "1", "2", "labbook.training.units.ONE changed"),
        ("lib/labbook/training/units.py", "1", "None", "labbook.training.units.ONE changed"),
        ("lib/labbook/training/units.py", "1", "1.0", "labbook.training.units.ONE changed"),
        ("lib/labbook/training/units.py", "ONE = 1", "ONE = 1\nONE += 1",
         "labbook.training.units.ONE changed"),
        ("lib/labbook/training/units.py", "ONE = 1", "import math\n\nONE = 1\nmath.e = 3",
         "what labbook.training.units does when it is imported is used now"),
        ("notebooks/toy.py", "power=2", "power=3", "the notebook's train() changed"),
        ("notebooks/toy.py", "math.sqrt(x)", "math.cbrt(x)", "the notebook's scale() changed"),
        ("notebooks/toy.py", "return scale(seed)", "return -scale(seed)",
         "the notebook's Loss() changed"),
        ("notebooks/toy.py", "import math", "import cmath as math",
         "the notebook's scale() changed"),
    ],
)  # fmt: skip
def test_edit_of_used_code_is_named(log, name, old, new, phrase):
    assert phrase in changed(log, name, old, new)


def test_function_moved_to_another_module_changes_nothing(log):
    before = code(log)
    write(log, "lib/labbook/models/sizes.py", (log / "lib/labbook/models/parts.py").read_text())
    write(log, "lib/labbook/models/parts.py", "from labbook.models.sizes import width\n")
    assert changes(before, code(log)) == []


def test_renamed_module_changes_nothing(log):
    before = code(log)
    (log / "lib/labbook/models/parts.py").rename(log / "lib/labbook/models/sizes.py")
    edit(log, "lib/labbook/models/toy.py", "from . import parts", "from . import sizes as parts")
    assert changes(before, code(log)) == []


def test_trial_moved_from_the_notebook_to_the_library_changes_nothing(log):
    before = code(log)
    text = (log / "notebooks/toy.py").read_text()
    head, _, rest = text.partition("def scale")
    write(log, "lib/labbook/experiments.py", "import math\n\n"
          "from labbook.models import Toy\n\n\ndef scale" + rest)  # fmt: skip
    write(log, "notebooks/toy.py", head + "from labbook.experiments import train\n")
    assert changes(before, code(log)) == []


def test_moved_and_changed_function_is_named_once(log):
    before = code(log)
    text = (log / "lib/labbook/models/parts.py").read_text()
    write(log, "lib/labbook/models/sizes.py", text.replace("* 8", "* 9"))
    write(log, "lib/labbook/models/parts.py", "from labbook.models.sizes import width\n")
    assert changes(before, code(log)) == ["labbook.models.sizes.width changed"]


def test_own_package_below_the_root_counts(log):
    write(log, "mylib/__init__.py", "")
    write(log, "mylib/net.py", "def double(x):\n    return 2 * x\n")
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom mylib import net")
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "net.double(x)")
    assert changed(log, "mylib/net.py", "2 * x", "3 * x") == ["mylib.net.double changed"]


def test_installed_package_is_named_and_not_followed(log):
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "__import__ and np.sqrt(x)")
    edit(log, "notebooks/toy.py", "import math", "import numpy as np")
    used = code_of_trial(log / "notebooks/toy.py", "train", log)
    assert used.packages == {"numpy"} and not any(k.startswith("numpy") for k in used.digests)


@pytest.mark.parametrize(
    "body",
    [
        "return getattr(tools, name)()",
        "return vars(tools)[name]()",
        "return call(tools, name)",
    ],
)
def test_module_that_is_handed_around_counts_as_a_whole(log, body):
    write(log, "mylib/__init__.py", "")
    write(log, "mylib/tools.py", "def one():\n    return 1\n")
    write(log, "mylib/by_name.py", f"from mylib import tools\n\n\ndef pick(name):\n    {body}\n")
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom mylib.by_name import pick")
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "pick(x)")
    assert "mylib.tools changed" in changed(log, "mylib/tools.py", "return 1", "return 2")


def test_registry_filled_at_import_counts_with_all_who_fill_it(log):
    write(log, "mylib/__init__.py", "from mylib import blocks\n")
    write(
        log,
        "mylib/registry.py",
        """
        BLOCKS = {}


        def block(made):
            BLOCKS[made.__name__] = made
            return made
        """,
    )
    write(
        log,
        "mylib/blocks.py",
        """
        from mylib.registry import block


        @block
        def alpha():
            return 1
        """,
    )
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom mylib.registry import BLOCKS")
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "BLOCKS[x]()")
    assert changed(log, "mylib/blocks.py", "return 1", "return 2") == ["mylib.blocks changed"]


def test_function_that_reads_its_own_names_makes_its_module_count(log):
    write(
        log,
        "mylib.py",
        "def pick(name):\n    return globals()[name]\n\n\ndef one():\n    return 1\n",
    )
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom mylib import pick")
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "pick(x)")
    assert changed(log, "mylib.py", "return 1", "return 2") == ["mylib changed"]


def test_modules_that_import_each_other_are_followed(log):
    write(log, "one.py", "from two import g\n\n\ndef f():\n    return g\n")
    write(log, "two.py", "from one import f\n\n\ndef g():\n    return f, 1\n")
    edit(log, "notebooks/toy.py", "import math", "import math\n\nfrom one import f")
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "f()")
    assert changed(log, "two.py", "1", "2") == ["two.g changed"]


def test_local_variable_of_the_same_name_is_no_use_of_a_function(log):
    edit(log, "notebooks/toy.py", "loss = Loss()", "unused = Loss(); loss = unused")
    assert "notebook.unused" not in code(log)


def test_last_definition_counts(log):
    with (log / "notebooks/toy.py").open("a") as file:
        file.write("\n\ndef scale(x):\n    return x\n")
    before = code(log)
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "math.cbrt(x)")
    assert code(log) == before


def test_function_used_as_an_attribute_of_a_module_is_found(log):
    write(log, "lib/labbook/experiments.py", "def fit(seed):\n    return seed\n")
    with (log / "notebooks/toy.py").open("a") as file:
        file.write("\n\nfrom labbook import experiments\nprint(experiments.fit)\n")
    assert list(code(log, "fit")) == ["labbook.experiments.fit"]


def test_magic_that_stands_in_the_text_of_a_notebook_changes_nothing(log):
    before = code(log)
    edit(log, "notebooks/toy.py", "import math", "%matplotlib inline\nimport math")
    assert code(log) == before


def test_digest_of_all_parts_changes_with_each(log):
    digests = set()
    for power in "234":
        edit(log, "notebooks/toy.py", "power=", f"power={power} + 0 * ")
        digests.add(code_of_trial(log / "notebooks/toy.py", "train", log).digest)
    assert len(digests) == 3


def test_a_function_that_another_notebook_alone_uses_is_found_there(log):
    own = (log / "notebooks/toy.py").read_text()
    (log / "notebooks/page.py").write_text(
        own.split("# %%")[0] + "# %%\nfrom labbook.models import parts\n\nparts.width()\n"
    )
    assert "labbook.models.parts.width" in code(log, "width")


def test_statements_of_a_kernel_are_not_kept(log):
    """A kernel hands over all that it has run at each call, and stays open for days."""
    statements = parsed((log / "notebooks/toy.py").read_text())
    of_train = weakref.ref(next(s for s in statements if getattr(s, "name", "") == "train"))
    assert code_of_notebook(statements, Library(log)).digests
    del statements
    gc.collect()
    assert of_train() is None
