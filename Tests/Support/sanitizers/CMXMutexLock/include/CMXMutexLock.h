// Nothing to call: linking it is enough. See lock.c.
