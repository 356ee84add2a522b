"""ControlNet: a picture's edges, lines, pose … steer the denoiser. See units.py for the door."""
