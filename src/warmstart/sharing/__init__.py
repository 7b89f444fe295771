"""Cards, publish, pull."""
