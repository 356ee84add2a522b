"""The page of models: what there is, where it is, what it is like, and how to try it."""
