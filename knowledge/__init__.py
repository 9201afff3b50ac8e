"""The room of knowledge: articles in several languages, finding them, and what they spare people."""
