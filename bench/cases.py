"""Every subject: what `python -m bench`, `make bench` and `--against` measure."""

from bench import conv, filter, resample, rules, spectral_conv, wavelet
from bench.subject import Subject

SUBJECTS: list[Subject] = [
    *resample.SUBJECTS,
    *rules.SUBJECTS,
    *conv.SUBJECTS,
    *spectral_conv.SUBJECTS,
    *filter.SUBJECTS,
    *wavelet.SUBJECTS,
]
