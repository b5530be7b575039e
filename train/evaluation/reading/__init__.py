"""Where eyes look, by readers that steer and that do not, and how far each of them can be trusted."""
