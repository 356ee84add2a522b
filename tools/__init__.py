"""What else is done to a picture, clip, sound or text: one file a tool, on generation's queue."""
