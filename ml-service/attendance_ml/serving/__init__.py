"""The HTTP skin of the faces library: routes, keys, galleries in memory, work off the event loop. It keeps nothing."""
