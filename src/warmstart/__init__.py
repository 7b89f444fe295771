"""Which pretrained source gives your medical images the best start, with the evidence."""

__version__ = "0.1.0"
