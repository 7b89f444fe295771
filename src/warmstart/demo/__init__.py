"""The demo study: photographs that ship inside scikit-image, cut into patches."""
