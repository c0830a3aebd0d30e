"""From an outlet to raw bytes."""

import logging

# warcio logs outlets' addresses as they are, and a terminal would obey what is in them.
logging.getLogger("warcio").addHandler(logging.NullHandler())
logging.getLogger("warcio").propagate = False
