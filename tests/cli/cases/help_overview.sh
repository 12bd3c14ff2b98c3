# The commands are listed by group; `atomloom` alone, --help and `help` say the same.
atomloom >a && atomloom --help >b && atomloom help >c
cmp a b && cmp a c && cat a
