atomloom ops --jsn
