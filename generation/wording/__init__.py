"""The words of a request as WebUI writes them: prompts and their syntax, tokens, schedules, and the
parameters text. Pure: no Django, no torch. The studio, the dialects and the engine stand on it."""
