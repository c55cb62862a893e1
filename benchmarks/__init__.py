"""The programs that measure the figures in the documentation. Most modules are commands.

README.md in this folder has the results.
"""
