"""Pages: lists and plans, opening and closing, and everything written into an open review.

The page of the meeting itself is `review_detail` in dashboards, because it draws charts.
"""
