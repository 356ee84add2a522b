"""What stands in front, cut out of its ground: an alpha channel, by whatever is here to see it."""
