"""What the README's figures come from; README.md in this folder says what was found. Most modules are commands."""
