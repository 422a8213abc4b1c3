"""The command line's commands: parse, call, print. Nothing here decides."""
