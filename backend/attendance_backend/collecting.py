"""Lets Python's garbage collector rest while the program is imported, and from then on look at what came later only.

Import it before what is large: nothing of that is garbage, and looking through it again and again took a tenth of the
start's processor time.
"""

import gc

gc.disable()


def begin() -> None:
    """Collect from now on. What there is by now lives as long as the program, so it is never looked through."""
    gc.freeze()
    gc.enable()
