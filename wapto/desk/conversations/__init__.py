"""What customers say and are answered, and the threads that show it."""
