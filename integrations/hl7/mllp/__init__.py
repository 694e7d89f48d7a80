"""MLLP: frames and sockets; knows only bytes."""
