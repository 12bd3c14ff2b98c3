# The first word of some commands explains them.
atomloom cache --help
atomloom help new
atomloom cache
