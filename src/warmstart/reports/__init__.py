"""What a study found: one file per figure (a table, then a drawing), tables, the HTML page."""
