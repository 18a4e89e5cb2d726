"""What escnn 1.0.11 needs to work with numpy 2: real Wigner matrices, and two repairs of escnn.

escnn requires ``lie_learn``, whose wheels are built for numpy 1, and ``py3nj``, which comes as
Fortran; of each it calls one function. Two distributions of these names take their places, since
to pip a requirement is satisfied by a distribution of that name and by nothing else. Nothing in
them is copied from the originals; the label ``+labbook`` in their versions tells them apart.

- ``lie_learn.wigner``: the matrices, with numpy and scipy alone.
- ``lie_learn.representations.SO3.wigner_d``: where escnn looks for them.
- ``lie_learn.escnn_repairs``: what that import changes in escnn.
"""
