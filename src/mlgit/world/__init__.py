"""The edge: the only room that starts processes, writes files and opens sockets."""
