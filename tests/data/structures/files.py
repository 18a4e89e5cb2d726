"""The texts of structure files."""


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
