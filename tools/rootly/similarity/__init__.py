"""Finds incidents whose texts have words in common. It compares words, and knows no causes."""
