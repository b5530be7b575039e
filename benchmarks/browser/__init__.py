"""Of the web page and the browser app: how fast they are, what they draw and compute, and their own pictures."""
