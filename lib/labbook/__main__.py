"""``python -m labbook`` is ``labbook``."""

from labbook.cli import main

main(prog_name="labbook")
