"""Markdown through one pandoc process gives what nbsphinx gives with two for each cell."""

import os
import re

import nbsphinx
import pypandoc
import pytest

from labbook.site.markup import pandoc

CELLS = {
    "emphasis and quotes": '# A $x$\n\n*em*, **strong**, `code`, ~~gone~~ "quoted" -- text',
    "table": "| a | b |\n|--|--:|\n| 1 | " + "a long cell " * 20 + "|\n",
    "lists": "- a\n- b\n  1. x\n  2. y\n\nTerm\n:   its meaning\n",
    "code block": "```python\nprint(1)\n```\n",
    "formulas": "$$\\frac{a}{b}$$ and\n\n\\begin{align}a&=b\\\\c&=d\\end{align}\n",
    "inline TeX": "before \\alpha after",
    "note": '<div class="alert alert-info">\n\n**Note** well\n\n</div>\n',
    "images": '![alt](a.png){width=50%} <img src="b.png" width="30" alt="b">',
    "citation": 'As in <cite data-cite="LeCun1998">there</cite> and <cite data-cite="Shi2016"/>.',
    "links": "[one](expt:2), [two][ref], <https://example.org>\n\n[ref]: other.py#Sec-tion",
    "footnote": "a claim[^1]\n\n[^1]: its source\n",
    "nothing": "",
    "other scripts": "Ünï — ≥ 😀 αβγ",
    "examples and indices": "(@a) first\n\nH~2~O x^2^ (@a)",
}


@pytest.fixture(scope="module")
def one_process():
    process = pandoc.Pandoc()
    yield process.convert
    process.close()


@pytest.fixture(scope="module")
def two_processes():
    folder = os.path.dirname(pypandoc.get_pandoc_path())
    os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
    return nbsphinx.pandoc


def converted(cell: str, how, monkeypatch) -> str:
    monkeypatch.setattr(nbsphinx, "pandoc", how)
    return re.sub(r"[0-9a-f]{32}", "<random id of an image>", nbsphinx.markdown2rst(cell))


@pytest.mark.parametrize("cell", CELLS)
def test_same_text(cell, one_process, two_processes, monkeypatch):
    ours = converted(CELLS[cell], one_process, monkeypatch)
    assert ours == converted(CELLS[cell], two_processes, monkeypatch)


def test_dead_process_is_told():
    process = pandoc.Pandoc()
    process.convert("text", "markdown", "rst")
    process._process.kill()
    process._process.wait()
    with pytest.raises(RuntimeError, match="pandoc"):
        process.convert("text", "markdown", "rst")
    process.close()
