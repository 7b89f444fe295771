"""Tables to insight: transferability, comparison of sources, intervals, evidence."""
