"""What was decided, in words: Dutch for who looks at a board or a page, and why, for who asks for an explanation."""
