"""What must be set before NumPy and TensorFlow are imported: conftest.py imports this first."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The oracle's products of matrices are small: a thread each is faster, and leaves the processor to
# the kernels.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
