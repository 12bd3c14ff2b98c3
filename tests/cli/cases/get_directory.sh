# Outputs as files of a directory; all points of an output as one table; some columns of it.
cat > t.csv <<'T'
name,score,error
a,1,0.5
b,,0.25
T
cat > p.yaml <<'Y'
atomloom: 1
axes: {k: [1, 2], site: [top, hollow]}
nodes:
  read: {op: io.read_table, params: {file: t.csv}}
  one: {op: test.number, params: {value: "${k}"}}
  part: {op: table.select, in: {table: read.table}, params: {where: "index < ${k}"}}
  each: {op: test.sum, in: {terms: [one.number]}, params: {add: 0.5}}
  both: {op: table.join, in: {tables: "part.table[*]"}, params: {labels: ["${site}", "again ${site}"]}}
  drawn: {op: view.bars, in: {tables: read.table}, params: {value: [error]}}
outputs: {part: part.table, each: each.sum, both: both.table, drawn: drawn.panel}
Y
atomloom get p.yaml -o out/ 2>&1 | grep wrote
ls out
atomloom get p.yaml each drawn -o out2/ --format json 2>/dev/null; ls out2
echo "--- one table"
get() { atomloom get p.yaml "$@" 2>/dev/null; }
get part -o - --format csv
get each -o - --format csv
get both -o - --format csv --columns table,score
get part -o - --format json --columns k | head -4
get each -o - --format csv --sweep each.add=1,2 --only k=2
echo "--- refused"
atomloom get p.yaml part -o x.csv --columns nothing
atomloom get p.yaml part -o x.npy
atomloom get p.yaml each drawn -o x.csv
atomloom get p.yaml -o x.csv
atomloom get p.yaml drawn -o drawn.svg --columns error
atomloom get p.yaml nowhere -o out3/
atomloom get p.yaml -o no/where/
