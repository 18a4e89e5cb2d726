"""What one trial of each experiment does: a network trained and measured, or a figure counted.

The one room that joins models, data and training. A notebook plans trials of these functions and
shows what became of them.
"""
