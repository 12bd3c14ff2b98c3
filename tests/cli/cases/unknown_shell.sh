atomloom completion tcsh
