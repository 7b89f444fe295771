"""What counts in practice: one number, here by itself because the command line shows it too."""

COUNTS = 0.5
"""Differences of up to so many AUC points do not count."""
