"""The rows of the table of measures, one file per kind."""
