"""What only files need: finding the table, columns, dates and numbers; questions, preview, undo."""
