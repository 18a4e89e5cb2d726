"""The geometry of the twenty amino acids, for building chains from internal coordinates."""

# Shares of the residues of the 863 training structures, in percent.
COMPOSITION_PERCENT = {
    "ALA": 8.2, "ARG": 5.0, "ASN": 4.4, "ASP": 5.7, "CYS": 1.3, "GLN": 3.9, "GLU": 6.9,
    "GLY": 7.4, "HIS": 2.2, "ILE": 5.8, "LEU": 9.3, "LYS": 6.0, "MET": 1.7, "PHE": 4.0,
    "PRO": 4.3, "SER": 6.2, "THR": 5.7, "TRP": 1.4, "TYR": 3.4, "VAL": 7.2,
}  # fmt: skip

# The atoms of side chains, each placed from three atoms before it, A B C: the length of its bond to
# C in A, its angle with C and B and its dihedral with C, B and A in degrees. Medians over a twelfth
# of the same structures. Dihedrals that a residue can choose: one of three rotamers, "flat" (a
# ring across the bond before it), or "free" (an acid's or an amide's end).
SIDE_CHAINS = """
residue atom A B C length_A angle_deg dihedral_deg
ALA CB  C   N   CA  1.53 110 -123
ARG CB  C   N   CA  1.53 110 -122
ARG CG  N   CA  CB  1.52 114 rotamer
ARG CD  CA  CB  CG  1.52 112 rotamer
ARG NE  CB  CG  CD  1.46 112 rotamer
ARG CZ  CG  CD  NE  1.33 125 180
ARG NH1 CD  NE  CZ  1.33 120 0
ARG NH2 CD  NE  CZ  1.33 120 180
ASN CB  C   N   CA  1.53 111 -123
ASN CG  N   CA  CB  1.52 113 rotamer
ASN OD1 CA  CB  CG  1.23 121 free
ASN ND2 OD1 CB  CG  1.33 116 180
ASP CB  C   N   CA  1.53 111 -123
ASP CG  N   CA  CB  1.52 113 rotamer
ASP OD1 CA  CB  CG  1.25 119 free
ASP OD2 OD1 CB  CG  1.25 118 180
CYS CB  C   N   CA  1.53 111 -122
CYS SG  N   CA  CB  1.81 114 rotamer
GLN CB  C   N   CA  1.53 111 -123
GLN CG  N   CA  CB  1.52 114 rotamer
GLN CD  CA  CB  CG  1.52 113 rotamer
GLN OE1 CB  CG  CD  1.23 121 free
GLN NE2 OE1 CG  CD  1.33 116 180
GLU CB  C   N   CA  1.53 111 -123
GLU CG  N   CA  CB  1.52 114 rotamer
GLU CD  CA  CB  CG  1.52 113 rotamer
GLU OE1 CB  CG  CD  1.25 119 free
GLU OE2 OE1 CG  CD  1.25 118 180
HIS CB  C   N   CA  1.53 110 -123
HIS CG  N   CA  CB  1.50 114 rotamer
HIS ND1 CA  CB  CG  1.38 123 flat
HIS CD2 ND1 CB  CG  1.35 131 180
HIS CE1 CB  CG  ND1 1.32 109 180
HIS NE2 CB  CG  CD2 1.37 107 180
ILE CB  C   N   CA  1.54 111 -122
ILE CG1 N   CA  CB  1.53 110 rotamer
ILE CG2 CG1 CA  CB  1.53 111 -123
ILE CD1 CA  CB  CG1 1.52 114 rotamer
LEU CB  C   N   CA  1.53 110 -122
LEU CG  N   CA  CB  1.53 116 rotamer
LEU CD1 CA  CB  CG  1.52 111 rotamer
LEU CD2 CD1 CB  CG  1.52 111 123
LYS CB  C   N   CA  1.53 110 -122
LYS CG  N   CA  CB  1.52 114 rotamer
LYS CD  CA  CB  CG  1.52 111 rotamer
LYS CE  CB  CG  CD  1.52 112 rotamer
LYS NZ  CG  CD  CE  1.49 112 rotamer
MET CB  C   N   CA  1.53 111 -123
MET CG  N   CA  CB  1.52 114 rotamer
MET SD  CA  CB  CG  1.81 113 rotamer
MET CE  CB  CG  SD  1.79 101 rotamer
PHE CB  C   N   CA  1.53 111 -122
PHE CG  N   CA  CB  1.50 114 rotamer
PHE CD1 CA  CB  CG  1.39 121 flat
PHE CD2 CD1 CB  CG  1.39 121 180
PHE CE1 CB  CG  CD1 1.39 121 180
PHE CE2 CB  CG  CD2 1.39 121 180
PHE CZ  CG  CD1 CE1 1.38 120 0
PRO CB  C   N   CA  1.53 103 -120
PRO CG  N   CA  CB  1.49 105 28
PRO CD  CA  CB  CG  1.50 105 -36
SER CB  C   N   CA  1.53 111 -122
SER OG  N   CA  CB  1.42 111 rotamer
THR CB  C   N   CA  1.54 111 -122
THR OG1 N   CA  CB  1.43 109 rotamer
THR CG2 OG1 CA  CB  1.53 111 -121
TRP CB  C   N   CA  1.53 111 -122
TRP CG  N   CA  CB  1.50 114 rotamer
TRP CD1 CA  CB  CG  1.37 127 flat
TRP CD2 CD1 CB  CG  1.43 127 180
TRP NE1 CB  CG  CD1 1.38 110 180
TRP CE2 CB  CG  CD2 1.41 107 180
TRP CE3 CB  CG  CD2 1.40 134 0
TRP CZ2 CG  CD2 CE2 1.40 122 180
TRP CZ3 CG  CD2 CE3 1.39 119 180
TRP CH2 CD2 CE2 CZ2 1.37 117 0
TYR CB  C   N   CA  1.53 111 -122
TYR CG  N   CA  CB  1.51 114 rotamer
TYR CD1 CA  CB  CG  1.39 121 flat
TYR CD2 CD1 CB  CG  1.39 121 180
TYR CE1 CB  CG  CD1 1.39 121 180
TYR CE2 CB  CG  CD2 1.39 121 180
TYR CZ  CG  CD1 CE1 1.38 120 0
TYR OH  CD1 CE1 CZ  1.38 120 180
VAL CB  C   N   CA  1.55 112 -123
VAL CG1 N   CA  CB  1.52 111 rotamer
VAL CG2 CG1 CA  CB  1.52 111 123
"""
