atomloom ops knitting
