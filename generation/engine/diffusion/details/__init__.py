"""ADetailer: find faces, hands or people, and paint each once more. See second_pass.py."""
