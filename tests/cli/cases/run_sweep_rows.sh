# A number that the sweep takes away is no number that is the same for all.
printf 'a,b\n1,2\n' >t.csv
cat >p.yaml <<'Y'
atomloom: 1
nodes:
  read: {op: io.read_csv, params: {file: t.csv}}
  some: {op: table.select, in: {table: read.table}, params: {where: "a > 0"}}
outputs: {rows: some.table}
Y
atomloom run p.yaml --sweep 'some.where=a > 0,a > 2' 2>/dev/null
