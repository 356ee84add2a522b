"""The pages of grids: one request varied along two axes, as one sheet of pictures."""
