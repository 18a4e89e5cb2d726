"""Layers of the neighbor networks, of escnn's modules: fields, functions on SO(3), blocks, a head.

- :mod:`fields`: the types of fields
- :mod:`functions`: functions of one variable, applied to functions on SO(3)
- :mod:`blocks`, :mod:`head`: residual blocks, and the equivariant classifier
- :mod:`initial`: networks are built fast, accelerated, and get weights that a seed determines
"""
