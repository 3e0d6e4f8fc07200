"""Keras layers of the operators: Keras 3 or later, on its TensorFlow backend.

`import spectral_ops` registers them with Keras, so that a saved model that has them can be loaded.
"""

from spectral_ops.layers.conv import (
    FFTConv1D,
    FFTConv2D,
    FFTConv3D,
    FFTDepthwiseConv1D,
    FFTDepthwiseConv2D,
    FFTDepthwiseConv3D,
)
from spectral_ops.layers.diffstride import DiffStride1D, DiffStride2D
from spectral_ops.layers.dropout import (
    FrequencyDropout1D,
    FrequencyDropout2D,
    FrequencyDropout3D,
)
from spectral_ops.layers.filter import GlobalFilter1D, GlobalFilter2D, GlobalFilter3D
from spectral_ops.layers.passes import FrequencyFilter1D, FrequencyFilter2D, FrequencyFilter3D
from spectral_ops.layers.resample import (
    SpectralPooling1D,
    SpectralPooling2D,
    SpectralPooling3D,
    SpectralResampling1D,
    SpectralResampling2D,
    SpectralResampling3D,
)
from spectral_ops.layers.spectral_conv import SpectralConv1D, SpectralConv2D, SpectralConv3D
from spectral_ops.layers.wavelet import (
    InverseWaveletTransform1D,
    InverseWaveletTransform2D,
    InverseWaveletTransform3D,
    WaveletDenoising1D,
    WaveletDenoising2D,
    WaveletDenoising3D,
    WaveletPooling1D,
    WaveletPooling2D,
    WaveletPooling3D,
    WaveletTransform1D,
    WaveletTransform2D,
    WaveletTransform3D,
)

__all__ = [
    "DiffStride1D",
    "DiffStride2D",
    "FFTConv1D",
    "FFTConv2D",
    "FFTConv3D",
    "FFTDepthwiseConv1D",
    "FFTDepthwiseConv2D",
    "FFTDepthwiseConv3D",
    "FrequencyDropout1D",
    "FrequencyDropout2D",
    "FrequencyDropout3D",
    "FrequencyFilter1D",
    "FrequencyFilter2D",
    "FrequencyFilter3D",
    "GlobalFilter1D",
    "GlobalFilter2D",
    "GlobalFilter3D",
    "InverseWaveletTransform1D",
    "InverseWaveletTransform2D",
    "InverseWaveletTransform3D",
    "SpectralConv1D",
    "SpectralConv2D",
    "SpectralConv3D",
    "SpectralPooling1D",
    "SpectralPooling2D",
    "SpectralPooling3D",
    "SpectralResampling1D",
    "SpectralResampling2D",
    "SpectralResampling3D",
    "WaveletDenoising1D",
    "WaveletDenoising2D",
    "WaveletDenoising3D",
    "WaveletPooling1D",
    "WaveletPooling2D",
    "WaveletPooling3D",
    "WaveletTransform1D",
    "WaveletTransform2D",
    "WaveletTransform3D",
]
