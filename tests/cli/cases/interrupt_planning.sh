# An interrupt is heard while a plan is made: here while a file of 1 TiB (without a byte on the disk) is hashed.
truncate -s 1T large
cat >p.yaml <<'END'
atomloom: 1
nodes:
  one: {op: test.number, params: {file: large}}
outputs: {x: one.number}
END
for signal in INT TERM HUP; do
  atomloom run p.yaml 2>said >out &
  run=$!
  for i in $(seq 200); do ls -l /proc/$run/fd 2>/dev/null | grep -q large && break; sleep 0.05; done
  kill -$signal $run
  wait $run
  echo "$signal: $?"
  cat said
done
