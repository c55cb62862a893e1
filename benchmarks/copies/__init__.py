"""What many copies of the service send to one vendor, and how they divide it among accounts."""
