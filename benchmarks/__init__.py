"""The programs that measure the figures in the documentation.

README.md in this folder says what was found. Most modules are commands.
"""
