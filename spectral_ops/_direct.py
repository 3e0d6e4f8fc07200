"""Convolution by `tf.nn`, and round what its CPU kernels refuse; `conv` goes this way without FFTs.

TensorFlow's CPU kernels take no gradient of a grouped convolution, no groups in three dimensions,
no channels_first without oneDNN, no depthwise filters in one or three dimensions and no filters
without elements. For an empty batch they leave the gradient of depthwise filters unset and give
results the wrong shape.
"""

from collections.abc import Callable

import tensorflow as tf

from spectral_ops._arguments.conv import ConvArguments, conv_checks, conv_output_shape

# x [batch, *spatial, in], filters [*kernel, in, out], "SAME" or "VALID"
_CONV: dict[int, Callable[[tf.Tensor, tf.Tensor, str], tf.Tensor]] = {
    1: lambda x, filters, padding: tf.nn.conv1d(x, filters, 1, padding),
    2: lambda x, filters, padding: tf.nn.conv2d(x, filters, 1, padding),
    3: lambda x, filters, padding: tf.nn.conv3d(x, filters, [1] * 5, padding),
}


def direct_conv(arguments: ConvArguments) -> tf.Tensor:
    """What `conv` or `depthwise_conv` is to compute, of arguments that have been checked."""
    rank = arguments.rank
    with tf.control_dependencies(conv_checks(arguments)):
        x, filters = tf.identity(arguments.x), tf.identity(arguments.filters)
    x = tf.ensure_shape(x, [None] * (rank + 2))
    filters = tf.ensure_shape(filters, [None] * (rank + 2))
    storage = x.dtype
    if storage != tf.float64:
        x, filters = tf.cast(x, tf.float32), tf.cast(filters, tf.float32)
    if arguments.data_format == "channels_first":
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    x, padding = _padded(x, tf.shape(filters), arguments.padding)
    if arguments.groups is None:
        y = _depthwise(x, filters, padding)
    elif arguments.groups == 1:
        y = _dense(x, filters, padding)
    elif filters.shape[-2] == 1:  # every channel is a group
        kernel, outputs = tf.shape(filters)[:rank], tf.shape(filters)[-1]
        shape = [arguments.groups, outputs // arguments.groups]
        y = _depthwise(x, tf.reshape(filters, tf.concat([kernel, shape], 0)), padding)
    else:
        of_x = tf.split(x, arguments.groups, -1)
        of_filters = tf.split(filters, arguments.groups, -1)
        parts = zip(of_x, of_filters, strict=True)
        y = tf.concat([_dense(a, b, padding) for a, b in parts], -1)
    if arguments.data_format == "channels_first":
        y = tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    y.set_shape(conv_output_shape(arguments))
    return tf.cast(y, storage)


def _padded(
    x: tf.Tensor,  # [batch, *spatial, channels]
    taps: tf.Tensor,  # int32 [>= rank], the shape of the filters
    padding: str,
) -> tuple[tf.Tensor, str]:
    """`x` for `tf.nn`'s own padding, and which that is."""
    if padding in ("same", "valid"):
        return x, padding.upper()
    for axis in range(1, x.shape.rank - 1):
        k, n = taps[axis - 1], tf.shape(x)[axis]
        if padding == "full":
            amounts = [[0, 0]] * axis + [[k - 1, k - 1]] + [[0, 0]] * (x.shape.rank - 1 - axis)
            x = tf.pad(x, amounts)
        else:
            x = tf.gather(x, tf.math.floormod(tf.range(n + k - 1) - (k - 1) // 2, n), axis=axis)
    return x, "VALID"


def _dense(
    x: tf.Tensor,  # [batch, *spatial, in]
    filters: tf.Tensor,  # [*kernel, in, out]
    padding: str,
) -> tf.Tensor:  # [batch, *spatial, out]
    outputs = tf.shape(filters)[-1]
    x = _at_least_one(x, -1)
    padded = _at_least_one(_at_least_one(filters, -1), -2)
    y = _CONV[x.shape.rank - 2](x, padded, padding)
    y = _reshaped_if_empty(y, x, padded, padding, tf.shape(padded)[-1])
    return y if padded is filters else y[..., :outputs]


def _depthwise(
    x: tf.Tensor,  # [batch, *spatial, channels]
    filters: tf.Tensor,  # [*kernel, channels, multiplier]
    padding: str,
) -> tf.Tensor:  # [batch, *spatial, channels * multiplier]
    rank = x.shape.rank - 2
    if rank == 1:  # an axis of length 1 more
        # Not by indices, whose gradient goes through memory once more.
        y = _depthwise(tf.expand_dims(x, 1), tf.expand_dims(filters, 0), padding)
        return tf.squeeze(y, 1)
    channels, multiplier = tf.shape(filters)[-2], tf.shape(filters)[-1]
    x = _at_least_one(x, -1)
    padded = _at_least_one(_at_least_one(filters, -1), -2)
    convolve = _depthwise_2d if rank == 2 else _depthwise_3d
    y = convolve(x, padded, padding)
    if padded is filters:
        return y
    shape = tf.concat([tf.shape(y)[:-1], tf.shape(padded)[-2:]], 0)
    y = tf.reshape(y, shape)[..., :channels, :multiplier]
    return tf.reshape(y, tf.concat([shape[:-2], [channels * multiplier]], 0))


def _depthwise_2d(x: tf.Tensor, filters: tf.Tensor, padding: str) -> tf.Tensor:
    if x.shape[0] in (None, 0):  # the filters' gradient is zeros then, and not what memory held
        filters = tf.where(tf.shape(x)[0] > 0, filters, tf.zeros_like(filters))
    y = tf.nn.depthwise_conv2d(x, filters, [1] * 4, padding)
    outputs = tf.shape(filters)[-2] * tf.shape(filters)[-1]
    return _reshaped_if_empty(y, x, filters, padding, outputs)


def _depthwise_3d(
    x: tf.Tensor,  # [batch, depth, height, width, channels]
    filters: tf.Tensor,  # [taps, kernel height, kernel width, channels, multiplier]
    padding: str,
) -> tf.Tensor:  # [batch, new depth, new height, new width, channels * multiplier]
    """Slices in the place of the batch, those that the taps meet in the place of channels."""
    taps, channels, multiplier = (tf.shape(filters)[i] for i in (0, 3, 4))
    if padding == "SAME":
        before = (taps - 1) // 2
        x = tf.pad(x, [[0, 0], [before, taps - 1 - before]] + [[0, 0]] * 3)
    batch, depth, height, width = (tf.shape(x)[i] for i in range(4))
    depth = depth - taps + 1
    met = tf.range(depth)[:, tf.newaxis] + tf.range(taps)
    x = tf.transpose(tf.gather(x, met, axis=1), [0, 1, 3, 4, 2, 5])
    x = tf.reshape(x, [batch * depth, height, width, taps * channels])
    filters = tf.transpose(filters, [1, 2, 0, 3, 4])
    shape = tf.concat([tf.shape(filters)[:2], [taps * channels, multiplier]], 0)
    y = _depthwise_2d(x, tf.reshape(filters, shape), padding)
    height, width = tf.shape(y)[1], tf.shape(y)[2]
    y = tf.reshape(y, [batch, depth, height, width, taps, channels * multiplier])
    return tf.reduce_sum(y, 4)


def _reshaped_if_empty(
    y: tf.Tensor, x: tf.Tensor, filters: tf.Tensor, padding: str, outputs: tf.Tensor
) -> tf.Tensor:
    """`y` as it is, but for an empty batch, to whose result oneDNN gives the shape of `x`."""
    if x.shape[0] not in (None, 0):
        return y
    spatial = tf.shape(x)[1:-1]
    if padding == "VALID":
        spatial = spatial - tf.shape(filters)[:-2] + 1
    return tf.reshape(y, tf.concat([tf.shape(x)[:1], spatial, [outputs]], 0))


def _at_least_one(x: tf.Tensor, axis: int) -> tf.Tensor:
    """`x`, with a zero on an axis that is empty or, when traced, may be.

    Not by `tf.pad`: TensorFlow's graph rewriting dies of a convolution whose filters are padded.
    """
    if x.shape[axis]:
        return x
    sizes = tf.unstack(tf.shape(x), x.shape.rank)
    sizes[axis] = tf.maximum(1 - sizes[axis], 0)
    return tf.concat([x, tf.zeros(tf.stack(sizes), x.dtype)], axis)
