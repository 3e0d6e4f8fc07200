"""Imports Keras, or says why these layers cannot be had and what to do about it."""

import importlib
from typing import Any

_MEND = "Without these layers the functions of spectral_ops work all the same."


def import_keras() -> Any:
    """The module `keras`, 3 or later, on its TensorFlow backend; else raises ImportError."""
    try:
        keras = importlib.import_module("keras")
    except Exception as error:  # a missing backend raises what it likes
        raise ImportError(
            f"spectral_ops.layers needs Keras 3 or later, which cannot be imported: {error}. To "
            f"mend it: pip install 'keras>=3'. {_MEND}"
        ) from error
    version = str(getattr(keras, "__version__", "unknown"))
    major = version.split(".")[0]
    if not major.isdigit() or int(major) < 3:
        raise ImportError(
            f"spectral_ops.layers needs Keras 3 or later; Keras {version} is installed. To mend "
            f"it: pip install 'keras>=3'. {_MEND}"
        )
    backend = keras.config.backend()
    if backend != "tensorflow":
        raise ImportError(
            f"spectral_ops.layers needs Keras' TensorFlow backend; {backend!r} is in use. To mend "
            "it, set the environment variable KERAS_BACKEND=tensorflow before Keras is imported. "
            f"{_MEND}"
        )
    return keras
