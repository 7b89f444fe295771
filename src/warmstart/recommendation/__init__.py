"""From experience and scores to a source to start from, with how sure that is."""
