"""The account pages: keys, usage, the books."""
