atomloom ops --json=yes
