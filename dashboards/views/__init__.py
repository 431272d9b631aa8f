"""The pages to look at: board, overview, indicator, lists, search, and the mails of a trial."""
