atomloom cache gc --max-size 10Gibi
