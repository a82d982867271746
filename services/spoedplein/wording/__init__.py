"""What was decided, in words: in Dutch or English for who looks, and why, for who asks for an explanation."""
