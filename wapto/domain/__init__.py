"""Pure rules of the order desk: no input, no output, no clock."""
