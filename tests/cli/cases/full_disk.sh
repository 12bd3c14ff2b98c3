# A result that cannot be written must not pass for success.
atomloom ops >/dev/full
