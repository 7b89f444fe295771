"""Architectures, starts (where weights come from), initialisation."""
