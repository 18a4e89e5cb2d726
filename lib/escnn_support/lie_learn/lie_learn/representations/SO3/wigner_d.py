"""Where escnn imports ``wigner_D_matrix`` from; importing it repairs escnn.

``escnn.group`` imports this module whatever is imported of it, so the repairs act in every process
that uses escnn, without any other import. Where this module is imported first, the repairs import
``escnn.group``, which then finds the function already here.
"""

import importlib

from lie_learn.wigner import wigner_D_matrix

__all__ = ["wigner_D_matrix"]

importlib.import_module("lie_learn.escnn_repairs")
