"""The web interface: HTTP in and out. It asks and tells `workflows`, and decides nothing itself."""
