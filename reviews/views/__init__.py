"""Pages: lists and plans, the meeting, opening and closing, what is written into a review."""
