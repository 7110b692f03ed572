"""The words and number formats of people, by language."""
