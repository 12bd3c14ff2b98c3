# A table as an instrument writes it, with missing numbers: they stay missing, are warned of where
# they matter, and are refused where every number is needed.
printf 'tilt [degree],current [pA],focus\n-2,51.5,1\n0,,2\n2,NaN,3\n4,50.5,4\n' > log.csv
cat > p.yaml <<'Y'
atomloom: 1
nodes:
  log: {op: io.read_table, params: {file: log.csv}}
  known: {op: table.select, in: {table: log.table}, params: {where: "known(current)"}}
  low: {op: table.select, in: {table: log.table}, params: {where: "current < 51"}}
  sorted: {op: table.sort, in: {table: log.table}, params: {by: current}}
  both: {op: table.join, in: {tables: [log.table, known.table]}}
  shown: {op: view.curve, in: {tables: log.table}, params: {x: tilt, y: [current]}}
  rows: {op: view.table, in: {table: log.table}}
  bars: {op: view.bars, in: {tables: log.table}, params: {value: [current]}}
outputs: {known: known.table, low: low.table, sorted: sorted.table, both: both.table, shown: shown.panel, rows: rows.panel, bars: bars.panel}
Y
atomloom run p.yaml -q -j1
echo $?
for format in csv md; do atomloom get p.yaml sorted -o - --format $format; done 2>/dev/null
atomloom get p.yaml known -o - --format csv 2>/dev/null
atomloom get p.yaml sorted -o - --format json 2>/dev/null | grep '"current"'
atomloom show p.yaml both
