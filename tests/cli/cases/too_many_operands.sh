atomloom ops a b
