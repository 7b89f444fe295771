"""Lookup of names, identity (hash of a question), store (results by identity)."""
