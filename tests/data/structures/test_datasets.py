"""Structures from files: what is kept of them, tables of whole folders, and files that are none."""

import csv
import gzip
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from labbook.data import structures
from labbook.data.structures.atom_table import AtomTable, read_folder
from labbook.data.structures.atoms import Structure, name_of, read_structure


def atom_line(
    serial: int,
    name: str = "CA",
    altloc: str = " ",
    residue: str = "ALA",
    number: int = 1,
    code: str = " ",
    x: str = "1.000",
    occupancy: float = 1.0,
    element: str = "C",
    record: str = "ATOM",
) -> str:
    """A line of a PDB file; the fields are by column."""
    return (
        f"{record:<6}{serial:>5} {name:^4}{altloc}{residue:>3} A{number:>4}{code}   "
        f"{x:>8}{2.0:8.3f}{3.0:8.3f}{occupancy:6.2f}{20.0:6.2f}          {element:>2}\n"
    )


CIF_HEAD = """data_x
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.auth_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
_atom_site.pdbx_PDB_model_num
"""


@pytest.fixture
def write(tmp_path):
    """Writes lines into a file of this test's folder."""

    def write_lines(*lines: str, name: str = "x.pdb") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines))
        return path

    return write_lines


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


# What is kept


def test_coordinates_elements_and_occupancies_are_those_of_the_file(write):
    structure = read_structure(write(atom_line(1, x="-7.250", occupancy=0.6, element="SE")))
    assert structure.coordinates_A.tolist() == [[-7.25, 2.0, 3.0]]
    assert structure.elements.tolist() == [34]
    assert structure.occupancies.tolist() == [np.float32(0.6)]


def test_hydrogens_deuterium_and_waters_are_dropped(write):
    path = write(
        atom_line(1),
        atom_line(2, "H", element="H"),
        atom_line(3, "D", element="D"),
        atom_line(4, "O", residue="HOH", number=2, element="O", record="HETATM"),
    )
    assert read_structure(path).elements.tolist() == [6]


def test_modified_residues_and_ligands_are_kept(write):
    path = write(
        atom_line(1, "SE", residue="MSE", element="SE", record="HETATM"),
        atom_line(2, "FE", residue="HEM", number=2, element="FE", record="HETATM"),
    )
    assert read_structure(path).elements.tolist() == [34, 26]


def test_of_several_models_the_first_is_read(write):
    path = write(
        "MODEL        1\n", atom_line(1), "ENDMDL\n",
        "MODEL        2\n", atom_line(1), atom_line(2, "CB"), "ENDMDL\n",
    )  # fmt: skip
    assert len(read_structure(path)) == 1


def test_of_several_locations_the_most_frequent_is_read(write):
    path = write(
        atom_line(1, altloc="A", x="1.000", occupancy=0.3),
        atom_line(2, altloc="B", x="5.000", occupancy=0.7),
        atom_line(3, "CB", x="9.000"),
    )
    assert read_structure(path).coordinates_A[:, 0].tolist() == [5.0, 9.0]


def test_of_equally_frequent_locations_the_first_is_read(write):
    path = write(
        atom_line(1, altloc="A", x="1.000", occupancy=0.5),
        atom_line(2, altloc="B", x="5.000", occupancy=0.5),
    )
    assert read_structure(path).coordinates_A[:, 0].tolist() == [1.0]


def test_of_two_residues_at_one_place_the_most_frequent_is_read(write):
    path = write(
        atom_line(1, "OG", "A", "SER", occupancy=0.4, element="O"),
        atom_line(2, "SG", "B", "CYS", occupancy=0.6, element="S"),
    )
    assert read_structure(path).elements.tolist() == [16]


def test_insertion_codes_tell_residues_apart(write):
    path = write(atom_line(1, number=52), atom_line(2, number=52, code="A"))
    assert len(read_structure(path)) == 2


def test_insertion_codes_tell_alternatives_apart(write):
    path = write(
        atom_line(1, altloc="A", number=52, occupancy=0.6),
        atom_line(2, altloc="B", number=52, code="A", occupancy=0.4),
    )
    assert len(read_structure(path)) == 2


def test_pdb_and_mmcif_of_the_same_atoms_are_the_same(write):
    of_pdb = read_structure(write(atom_line(1, x="1.500"), atom_line(2, "N", element="N")))
    of_cif = read_structure(
        write(
            CIF_HEAD,
            "ATOM 1 C CA . ALA A 1 1 1.500 2.000 3.000 1.00 1\n",
            "ATOM 2 N N . ALA A 1 1 1.000 2.000 3.000 1.00 1\n",
            name="x.cif",
        )
    )
    assert (of_pdb.elements == of_cif.elements).all()
    assert (of_pdb.coordinates_A == of_cif.coordinates_A).all()


def test_a_compressed_file_is_read_as_the_plain_one(write, tmp_path):
    plain = read_structure(write(atom_line(1), atom_line(2, "N", element="N")))
    (tmp_path / "x.pdb.gz").write_bytes(gzip.compress((tmp_path / "x.pdb").read_bytes()))
    assert (read_structure(tmp_path / "x.pdb.gz").elements == plain.elements).all()


@pytest.mark.parametrize(
    "path, name",
    [("a/1abc.pdb.gz", "1abc"), ("1ABC.cif", "1ABC"), ("x.y.ent.GZ", "x.y"), ("1abc.pdb", "1abc")],
)
def test_a_structure_has_the_name_of_its_file(path, name):
    assert name_of(path) == name


# Files that are none


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("x.pdb", b"dear reader\n", "no atoms in it, so it is no structure"),
        ("x.cif", b"dear reader\n", "not a readable structure"),
        ("x.cif", b"data_x\n", "no atoms in it, so it is no structure"),
        ("x.pdb", b"", "no atoms in it, so it is no structure"),
        ("x.pdb.gz", b"abc", "not a readable structure"),
        ("x.txt", b"", "structures are named .pdb, .ent, .cif, .mmcif, or so with .gz"),
        (
            "x.pdb",
            atom_line(1, "O", residue="HOH", element="O").encode(),
            "no atoms in it but hydrogens and waters",
        ),
        (
            "x.pdb",
            (atom_line(1) + atom_line(2, x="nan")).encode(),
            "the coordinates of atom 2 are no numbers",
        ),
        (
            "x.pdb",
            (atom_line(1) + atom_line(2, "Q1", element="Q")).encode(),
            "atom 2 is of no known element",
        ),
    ],
)
def test_what_is_no_structure_is_told_in_a_sentence_that_names_the_file(
    tmp_path, name, content, sentence
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as problem:
        read_structure(tmp_path / name)
    assert str(problem.value).startswith(f"{tmp_path / name}: ")
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_compressed_file_that_ends_early_is_refused(tmp_path):
    lines = "".join(atom_line(number, number=number) for number in range(1, 500))
    whole = gzip.compress(lines.encode())
    (tmp_path / "x.pdb.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"x\.pdb\.gz: not a readable structure .*ended before"):
        read_structure(tmp_path / "x.pdb.gz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"1abc\.pdb: no such file"):
        read_structure(tmp_path / "1abc.pdb")


# Tables of folders


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
    assert table.atom_counts.tolist() == [2, 1, 3]


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


# Data sets by name


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


# The real ones


def test_every_real_structure_has_the_atoms_of_its_index(pdb_folder, pdb_table):
    with (pdb_folder / "index.csv").open(newline="") as lines:
        counted = {row["id"]: int(row["heavy_atoms"]) for row in csv.DictReader(lines)}
    ours = dict(zip(pdb_table.names, pdb_table.atom_counts.tolist(), strict=True))
    assert len(ours) == 963
    assert ours == counted


def test_no_real_structure_for_validation_is_like_one_for_training(pdb_folder):
    with (pdb_folder / "index.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    clusters = {split: {row["cluster30"] for row in rows if row["split"] == split}
                for split in ("train", "val")}  # fmt: skip
    assert not clusters["train"] & clusters["val"]
