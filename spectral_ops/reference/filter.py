"""Stand-in."""

import tensorflow as tf


def filter(x, response, *, data_format="channels_last", name=None):
    """Stand-in."""
    x = tf.convert_to_tensor(x)
    response = tf.convert_to_tensor(response)
    rank = x.shape.rank - 2
    storage = x.dtype
    if storage != tf.float64:
        x = tf.cast(x, tf.float32)
    first = data_format == "channels_last"
    perm = [0, rank + 1, *range(1, rank + 1)]
    if first:
        x = tf.transpose(x, perm)
    dt = tf.complex128 if x.dtype == tf.float64 else tf.complex64
    if response.shape.rank == rank + 1:
        response = tf.transpose(response, [rank, *range(rank)])
    response = tf.cast(response, dt)
    n = tf.shape(x)[2:]
    if rank == 3:

        def along(z, a, op):
            p = [i for i in range(5) if i != a] + [a]
            return tf.transpose(op(tf.transpose(z, p)), tf.math.invert_permutation(p))

        def f3(z, n):
            z = tf.signal.rfft(z, n[2:])
            for a in (2, 3):
                z = along(z, a, tf.signal.fft)
            return z

        def g3(z, n):
            for a in (2, 3):
                z = along(z, a, tf.signal.ifft)
            k = tf.range(n[2] // 2 + 1)
            im = tf.where(
                (k == 0) | (2 * k == n[2]), tf.zeros_like(tf.math.imag(z)), tf.math.imag(z)
            )
            return tf.signal.irfft(tf.complex(tf.math.real(z), im), n[2:])

    f = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: f3 if rank == 3 else None}[rank]
    g = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: g3 if rank == 3 else None}[rank]
    X = f(x, n) * response
    # the Hermitian part, as NumPy takes it
    last = n[-1]
    k = tf.range(last // 2 + 1)
    m = X
    for a in range(2, rank + 1):
        m = tf.gather(m, -tf.range(n[a - 2]) % n[a - 2], axis=a)
    own = (k == 0) | (2 * k == last)
    X = tf.where(own, (X + tf.math.conj(m)) / 2, X)
    y = g(X, n)
    y = tf.ensure_shape(y, [None] * (rank + 2))
    if first:
        y = tf.transpose(y, tf.math.invert_permutation(perm))
    return tf.cast(y, storage)
