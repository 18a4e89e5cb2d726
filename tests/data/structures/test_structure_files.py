"""Files of structures: which atoms are read, and what is refused."""

import gzip

import numpy as np
import pytest
from tests.data.structures.files import CIF_HEAD, atom_line

from labbook.data.structures.atoms import name_of, read_structure


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
