"""What partners agreed to send. A leaf: it imports nothing of this project's own."""
