"""Structures from files: what is kept of them, tables of whole folders, and files that are none."""

import csv
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.data.structures.files import atom_line

from labbook.data import structures
from labbook.data.structures.atom_table import AtomTable, read_folder
from labbook.data.structures.atoms import Structure, read_structure


@pytest.fixture(scope="session")
def pdb_folder() -> Path:
    """The folder of real structures, from $LABBOOK_DATA."""
    if structures.folder() is None:
        if not os.environ.get("LABBOOK_DATA"):
            pytest.skip("LABBOOK_DATA is not set")
        pytest.skip("LABBOOK_DATA has no folder pdb/ with an index.csv")
    return structures.folder()


@pytest.fixture(scope="session")
def pdb_table(pdb_folder, tmp_path_factory) -> AtomTable:
    """The table of all real structures, built once."""
    return read_folder(pdb_folder, tmp_path_factory.mktemp("tables"))


@pytest.fixture
def three(write, tmp_path) -> Path:
    """A folder of three structures with one, two and three atoms."""
    for count, name in ((1, "b/x.pdb"), (2, "a.pdb"), (3, "c.ent")):
        lines = (atom_line(number, number=number) for number in range(1, count + 1))
        write(*lines, name=f"folder/{name}")
    return tmp_path / "folder"


def test_a_table_holds_the_structures_in_the_order_of_their_paths(three, tmp_path):
    table = read_folder(three, tmp_path / "cache")
    assert table.names == ("a", "x", "c")
    assert (table.stops - table.starts).tolist() == [2, 1, 3]


def test_a_table_gives_each_structure_as_it_was_read(three, tmp_path):
    table = read_folder(three, tmp_path / "cache")
    assert (table[2].coordinates_A == read_structure(three / "c.ent").coordinates_A).all()


def test_the_columns_of_a_table_are_memory_mapped(three, tmp_path):
    assert isinstance(read_folder(three, tmp_path / "cache").coordinates_A, np.memmap)


def test_an_unchanged_folder_is_not_read_again(three, tmp_path):
    read_folder(three, tmp_path / "cache")
    for path in three.rglob("*.*"):
        os.chmod(path, 0)
    (built,) = (tmp_path / "cache").iterdir()
    before = built.stat().st_mtime_ns
    assert len(read_folder(three, tmp_path / "cache")) == 3
    assert [path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()] == [before]


@pytest.mark.parametrize("change", ["added", "removed", "changed"])
def test_a_folder_that_changed_makes_a_new_table_with_another_digest(three, tmp_path, change):
    before = read_folder(three, tmp_path / "cache")
    if change == "added":
        (three / "d.pdb").write_text(atom_line(1))
    elif change == "removed":
        (three / "a.pdb").unlink()
    else:
        (three / "a.pdb").write_text(atom_line(1, x="6.000"))
    after = read_folder(three, tmp_path / "cache")
    assert after.digest != before.digest
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_bad_file_among_good_ones_is_skipped_with_a_warning_that_names_it(three, tmp_path):
    (three / "bad.pdb").write_text("dear reader\n")
    with pytest.warns(UserWarning, match=r"skipped .*bad\.pdb: no atoms in it"):
        table = read_folder(three, tmp_path / "cache")
    assert table.names == ("a", "x", "c")


def test_the_warning_comes_again_when_the_table_is_reused(three, tmp_path):
    (three / "bad.pdb").write_text("dear reader\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read_folder(three, tmp_path / "cache")
    with pytest.warns(UserWarning, match=r"skipped .*bad\.pdb"):
        read_folder(three, tmp_path / "cache")


def test_a_folder_of_bad_files_is_refused(tmp_path):
    (tmp_path / "bad.pdb").write_text("dear reader\n")
    with pytest.raises(ValueError, match=r"none of its 1 structures can be read; .*bad\.pdb"):
        read_folder(tmp_path, tmp_path / "cache")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no structures"):
        read_folder(tmp_path, tmp_path / "cache")


def test_two_files_of_one_name_are_refused(three, tmp_path):
    (three / "b" / "a.pdb").write_text(atom_line(1))
    with pytest.raises(ValueError, match="two structures are named 'a'"):
        read_folder(three, tmp_path / "cache")


def test_a_part_of_a_table_shares_its_atoms(three, tmp_path):
    table = read_folder(three, tmp_path / "cache")
    part = table.select(["c", "a"])
    assert part.names == ("c", "a")
    assert part.coordinates_A is table.coordinates_A
    assert len(part[0]) == 3


def test_a_name_that_is_not_in_a_table_is_told(three, tmp_path):
    with pytest.raises(KeyError, match="no structure 'z' among the 3"):
        read_folder(three, tmp_path / "cache").select(["z"])


def test_the_digest_of_structures_in_memory_is_that_of_their_atoms():
    one = Structure("a", np.array([6], np.uint8), np.ones((1, 3), np.float32), np.ones(1, "f4"))
    moved = Structure("a", one.elements, one.coordinates_A + 1, one.occupancies)
    assert AtomTable.of([one]).digest == AtomTable.of([one]).digest != AtomTable.of([moved]).digest


def test_without_a_data_folder_the_generated_structures_are_at_hand(monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    assert structures.at_hand() == "generated"
    assert structures.digest("pdb") is None


def test_without_a_data_folder_measured_structures_are_told_missing(monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match="set LABBOOK_DATA"):
        structures.load("pdb", "train")


@pytest.mark.parametrize("name, split", [("cif", "train"), ("pdb", "test")])
def test_unknown_data_sets_and_splits_are_told(name, split):
    with pytest.raises(ValueError, match="there are (pdb and generated|train and validation)"):
        structures.load(name, split)


@pytest.fixture
def indexed(three, tmp_path, monkeypatch) -> Path:
    """A data folder whose index gives two of three structures to training."""
    (three / "index.csv").write_text("id,file,split\nc,c.ent,train\na,a.pdb,val\nx,b/x.pdb,train\n")
    three.rename(tmp_path / "pdb")
    monkeypatch.setenv("LABBOOK_DATA", str(tmp_path))
    return tmp_path / "pdb"


@pytest.mark.parametrize("split, names", [("train", ("c", "x")), ("validation", ("a",))])
def test_the_index_divides_structures(indexed, tmp_path, split, names):
    assert structures.load("pdb", split, tmp_path / "cache").names == names


def test_a_structure_of_the_index_without_a_file_is_named(indexed, tmp_path):
    (indexed / "c.ent").unlink()
    with pytest.raises(ValueError, match=r"index\.csv names c, which has no file"):
        structures.load("pdb", "train", tmp_path / "cache")


@pytest.mark.parametrize(
    "line, message",
    [
        ("c,c.ent,val", "lists c twice, under train and val; a structure belongs to one split"),
        ("c,b/c.pdb,train", "lists c twice, under train and train"),
        ("d,d.pdb,test", r"index\.csv gives d to 'test'; the splits are train and val"),
    ],
)
def test_an_index_that_divides_nothing_clearly_is_refused(indexed, tmp_path, line, message):
    with (indexed / "index.csv").open("a") as index:
        index.write(f"{line}\n")
    with pytest.raises(ValueError, match=message):
        structures.load("pdb", "train", tmp_path / "cache")


def test_an_index_without_a_column_is_refused(indexed, tmp_path):
    (indexed / "index.csv").write_text("id,path,split\nc,c.ent,train\n")
    with pytest.raises(ValueError, match=r"index\.csv has no column file; it needs file and split"):
        structures.load("pdb", "train", tmp_path / "cache")


def test_a_bad_file_of_the_index_is_left_out_of_its_split(indexed, tmp_path):
    (indexed / "c.ent").write_text("dear reader\n")
    with pytest.warns(UserWarning, match=r"skipped .*c\.ent"):
        assert structures.load("pdb", "train", tmp_path / "cache").names == ("x",)


def test_the_digest_covers_the_index_and_every_file(indexed):
    before = structures.digest("pdb")
    (indexed / "index.csv").write_text((indexed / "index.csv").read_text() + "\n")
    of_index = structures.digest("pdb")
    (indexed / "a.pdb").write_text(atom_line(1, x="6.000"))
    assert len({before, of_index, structures.digest("pdb")}) == 3


def test_every_real_structure_has_the_atoms_of_its_index(pdb_folder, pdb_table):
    with (pdb_folder / "index.csv").open(newline="") as lines:
        counted = {row["id"]: int(row["heavy_atoms"]) for row in csv.DictReader(lines)}
    counts = (pdb_table.stops - pdb_table.starts).tolist()
    ours = dict(zip(pdb_table.names, counts, strict=True))
    assert len(ours) == 963
    assert ours == counted


def test_no_real_structure_for_validation_is_like_one_for_training(pdb_folder):
    with (pdb_folder / "index.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    clusters = {split: {row["cluster30"] for row in rows if row["split"] == split}
                for split in ("train", "val")}  # fmt: skip
    assert not clusters["train"] & clusters["val"]


def test_training_and_validation_chains_are_different():
    train, validation = (structures.load("generated", split) for split in structures.SPLITS)
    assert not set(train.names) & set(validation.names)
