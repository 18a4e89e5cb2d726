"""What one module's text says by itself: nothing else is looked for, and nothing is imported."""
