"""Networks of escnn, built fast and small, copied and exported; what they compute is left alone.

- :mod:`networks`: within :func:`sparse_bases`, escnn's modules are built without dense bases
- :mod:`sampling`, :mod:`basis`, :mod:`block`: a basis without its zeros: sampled, multiplied with,
  and as a module of escnn with its checkpoints
- :mod:`initial`: the deviations of He's initialisation
- :mod:`pickling`: groups, spaces and representations, pickled by what they are
- :mod:`exported`: modules of torch for those that escnn can't export
"""
