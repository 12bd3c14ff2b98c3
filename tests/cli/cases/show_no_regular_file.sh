# A pipe is no file that could be looked into.
mkfifo x.h5
atomloom show x.h5
