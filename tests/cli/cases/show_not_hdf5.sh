echo nonsense >x.h5
atomloom show x.h5
