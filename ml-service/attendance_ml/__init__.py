"""The ML service: finds, encodes and matches faces. It keeps nothing, and knows no student, class or rule."""

import os

__version__ = "0.1.0"

# Read by numpy's linear algebra when it is first loaded. Its threads would fight the inference runtime's: a product of
# 0.05 ms then takes 35 ms. Nothing here gains from them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
