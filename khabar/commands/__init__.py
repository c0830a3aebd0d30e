"""The commands, one short file a group; rooms are imported when a command runs, not before."""
