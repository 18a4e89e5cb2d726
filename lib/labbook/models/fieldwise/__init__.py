"""What escnn's modules do to each field by itself, faster and in less memory.

- :mod:`field_norm`: batch norm
- :mod:`gated`: fields scaled by gates, or by functions of their norms
- :mod:`pointwise`: functions of one variable, applied to fields as functions on a group
- :mod:`rows`, :mod:`typed`: memory layout and precision, and what a module takes

The classes here are mixed into those of escnn by :func:`labbook.models.steerable.accelerate`.
"""
