"""The manager's face: questions with their answers, each figure with its definition and its tickets."""
