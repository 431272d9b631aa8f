"""Charts drawn on the server from stored points: pure Python, SVG strings and Plotly figures."""
