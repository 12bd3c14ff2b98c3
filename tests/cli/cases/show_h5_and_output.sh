# An .h5 file holds one value.
atomloom show x.h5 total
