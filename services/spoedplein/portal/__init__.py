"""What people and programs outside Kafka see: HTTP, server-sent events, standards, pages, and who may see what."""
