from labbook.models import unrelated

DEPTH = unrelated.DEPTH
